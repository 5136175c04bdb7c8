"""A center whose queue sales offers to call back over a trunk, to who presses
one."""

YAML = '''
sip: {{listen: "{address}:{sip}"}}
media: {{ports: {rtp}-{rtp_end}}}
http: {{listen: "{address}:{http}"}}
state: {state}
agents:
AGENTS
trunks:
  callers: {{sources: 127.0.0.0/8}}
  out: {{address: "TRUNK", caller_id: "0612000"}}
queues:
  sales: {{SALESoffer_timeout: 10s, retry: 1s,
           steps: [{{after: 0s, callback: offer}}],
           callbacks: {{first: agent, again: AGAIN, attempts: 3}}}}
QUEUES
outbound: {{allow: ["06"]}}
entries:
  "1000": {{ENTRY}}
ENTRIES
prompts:
  offer: Press one to be called back.
  bye: We will call you.
  music: La la la.
flows:
  main:
    - queue: sales
      while: hold
      keys: {{1: back}}
      else: end
    - name: back
      callback: true
      prompt: bye
      else: hold
  hold:
    - wait: forever
      music: music
FLOWS
'''


def center_yaml(trunk, agents, **more):
    """What desk.Center makes a center of; more by the words of YAML."""
    words = {'trunk': trunk, 'agents': agents, 'sales': '', 'again': '1s',
             'queues': '', 'entry': 'flow: main', 'entries': '', 'flows': ''}
    text = YAML
    for word, by in {**words, **more}.items():
        assert word in words, word
        text = text.replace(word.upper(), by, 1)
    return text
