/** @file
 * Which events and inputs there are, which fields they have, and the numbers
 * that fields hold.
 *
 * The numbers are part of what is written: none is used again, and new ones
 * are only added. docs/events.md says which type has which fields.
 */
#ifndef USHER_SCHEMA_H
#define USHER_SCHEMA_H

/** What a type of entry is. */
enum usher_event_kind {
	USHER_KIND_INPUT = 1, /**< what the host said; only in the journal */
	USHER_KIND_EVENT = 2, /**< what happened; changes the core's state */
	USHER_KIND_NOTE = 3   /**< the host's own event; changes no state */
};

/** Who did it. The id beside it means an agent, a token, …, or nothing. */
enum usher_actor {
	USHER_BY_HOST = 0,       /**< the program around the core */
	USHER_BY_AGENT = 1,      /**< actor_id is the agent */
	USHER_BY_SUPERVISOR = 2, /**< actor_id is the supervisor's agent id */
	USHER_BY_TOKEN = 3,      /**< actor_id is the number of the token */
	USHER_BY_TIMER = 4,      /**< a deadline passed */
	USHER_BY_POLICY = 5,     /**< routing decided it */
	USHER_BY_CUSTOMER = 6,   /**< the other side of the contact */
	USHER_BY_CONFIG = 7      /**< a configuration was applied */
};

/** What the cause of an event is. None: the first event of an input without a
 *  request, of a deadline that it tells of, or of what was left to be matched
 *  at a restart; those that follow from the same name that first one. Where
 *  only time went by, and routing then found somebody, it is what the time
 *  had come for. */
enum usher_cause {
	USHER_CAUSE_NONE = 0,
	USHER_CAUSE_REQUEST = 1,  /**< cause is a request id of the host */
	USHER_CAUSE_EVENT = 2,    /**< cause is an earlier sequence number */
	USHER_CAUSE_RETRY = 3,    /**< cause is the contact that an agent may
				   *   be offered again */
	USHER_CAUSE_DEFERRAL = 4, /**< cause is the segment that the policy
				   *   had put off */
	USHER_CAUSE_WIDENING = 5, /**< cause is the segment for which more
				   *   are to ring */
	USHER_CAUSE_COLLECTED = 6 /**< cause is the queue that collected */
};

/** Who began a contact, a leg, a message. */
enum usher_direction { USHER_IN = 0, USHER_OUT = 1 };

/** Whose leg. */
enum usher_side {
	USHER_SIDE_CUSTOMER = 0,
	USHER_SIDE_AGENT = 1,
	USHER_SIDE_OTHER = 2 /**< transfer target, supervisor */
};

/** Presence of an agent. There is no "busy": that is computed. */
enum usher_presence {
	USHER_SIGNED_OUT = 0,
	USHER_READY = 1,
	USHER_PAUSED = 2
};

/** How a contact left a queue. The first two are A and B, the third is
 *  neither, the rest is F of the figures: flowed out. */
enum usher_leave {
	USHER_LEAVE_ANSWERED = 0,
	USHER_LEAVE_ABANDONED = 1,
	/** an agent of another queue, or a direct one, took the contact: it
	 *  counts there alone */
	USHER_LEAVE_ELSEWHERE = 2,
	USHER_LEAVE_TIMEOUT = 3,
	USHER_LEAVE_FULL = 4,
	USHER_LEAVE_CLOSED = 5,
	USHER_LEAVE_NOBODY = 6,
	USHER_LEAVE_KEY = 7,
	USHER_LEAVE_OVERFLOW = 8,
	USHER_LEAVE_REMOVED = 9,
	USHER_LEAVE_VOICEMAIL = 10,
	USHER_LEAVE_CALLBACK = 11,
	USHER_LEAVE_TRANSFER = 12,
	/** a detached contact did not come back in time: counts as abandoned,
	 *  since the customer was not served */
	USHER_LEAVE_LOST = 13,
	USHER_LEAVE_FAILED = 14
};

/** Why an offer was taken back. */
enum usher_withdraw {
	USHER_WITHDRAW_GONE = 0,      /**< the customer left */
	USHER_WITHDRAW_ELSEWHERE = 1, /**< answered elsewhere */
	USHER_WITHDRAW_LEFT = 2,      /**< the contact left the queue */
	USHER_WITHDRAW_DETACHED = 3,  /**< the customer's leg is gone */
	USHER_WITHDRAW_AGENT = 4,     /**< the agent paused or signed out */
	USHER_WITHDRAW_HOST = 5       /**< the host asked for it */
};

/** What a step of a queue does. */
enum usher_queue_step_action {
	USHER_QUEUE_STEP_WIDEN = 0,    /**< more agents may take the contact */
	USHER_QUEUE_STEP_PRIORITY = 1, /**< its priority rises */
	USHER_QUEUE_STEP_ADD = 2,      /**< it waits in other queues, too */
	USHER_QUEUE_STEP_ANNOUNCE = 3, /**< something is to be played */
	USHER_QUEUE_STEP_CALLBACK = 4, /**< a callback is to be offered */
	USHER_QUEUE_STEP_OVERFLOW =
		5,                /**< it goes to other queues, with its age */
	USHER_QUEUE_STEP_EXIT = 6 /**< it leaves, with a reason */
};

/** Whom a callback calls first. */
enum usher_callback_first {
	USHER_CALLBACK_AGENT = 0,   /**< an agent, who then hears it ring */
	USHER_CALLBACK_CUSTOMER = 1 /**< the customer, who then waits */
};

/** Every type of entry. Below 100: inputs; below 200: events; then notes. */
enum usher_event_type {
	USHER_EV_IN_CONFIGURE = 1, /**< Set the center's own options */
	/** A new day begins: daily counts start from zero */
	USHER_EV_IN_DAY = 2,
	USHER_EV_IN_QUEUE_SET = 3, /**< Make or change a queue */
	/** Remove a queue; who waits there is served first */
	USHER_EV_IN_QUEUE_REMOVE = 4,
	USHER_EV_IN_QUEUE_OPEN = 5, /**< Open or close a queue for newcomers */
	USHER_EV_IN_AGENT_SET = 6,  /**< Make or change an agent */
	/** Remove an agent, at the end of the work at hand */
	USHER_EV_IN_AGENT_REMOVE = 7,
	USHER_EV_IN_PRESENCE = 8,    /**< Sign in, sign out, pause, ready */
	USHER_EV_IN_CONTACT_NEW = 9, /**< A contact begins */
	/** Change priority, customer and attributes of a contact */
	USHER_EV_IN_CONTACT_SET = 10,
	USHER_EV_IN_CONTACT_END = 11, /**< The customer's side is over */
	/** The leg is gone but the place is kept until a time */
	USHER_EV_IN_DETACH = 12,
	USHER_EV_IN_ATTACH = 13,     /**< A leg is there again */
	USHER_EV_IN_FLOW_BEGIN = 14, /**< The contact enters a flow */
	USHER_EV_IN_FLOW_END = 15,   /**< The contact leaves a flow */
	USHER_EV_IN_ENQUEUE = 16,    /**< Wait in one or more queues */
	USHER_EV_IN_DEQUEUE = 17,    /**< Leave a queue without an answer */
	USHER_EV_IN_ACCEPT = 18,     /**< The agent takes the offer */
	USHER_EV_IN_REJECT = 19,     /**< The agent refuses the offer */
	USHER_EV_IN_MISS = 20,       /**< No endpoint of the agent answers */
	USHER_EV_IN_CONNECTED = 21,  /**< Agent and customer are joined */
	/** They could not be joined; the contact has its old place */
	USHER_EV_IN_CONNECT_FAILED = 22,
	USHER_EV_IN_WITHDRAW = 23, /**< Take an offer and its group back */
	/** An application or a person chooses the agent */
	USHER_EV_IN_ASSIGN = 24,
	/** A contact with this agent outside any queue */
	USHER_EV_IN_DIRECT = 25,
	USHER_EV_IN_ANSWERED = 26, /**< A dialed contact answers */
	USHER_EV_IN_HOLD = 27,     /**< On hold */
	USHER_EV_IN_RESUME = 28,   /**< Off hold */
	/** The agent's conversation with the contact is over */
	USHER_EV_IN_LEAVE = 29,
	USHER_EV_IN_WRAPUP_END = 30, /**< The agent is done with the wrap-up */
	USHER_EV_IN_DISPOSITION = 31, /**< What it was about */
	/** The host puts an event of its own into the sequence */
	USHER_EV_IN_NOTE = 32,
	USHER_EV_IN_STEP_SET = 40,  /**< Make or change a step of a queue */
	USHER_EV_IN_STEPS_CUT = 41, /**< Keep only a queue's first steps */
	/** The caller leaves and is called back; the place is kept */
	USHER_EV_IN_CALLBACK = 50,
	/** The customer of a callback is being dialed */
	USHER_EV_IN_CALLBACK_DIAL = 51,
	/** The customer of a callback was not reached */
	USHER_EV_IN_CALLBACK_MISSED = 52,
	USHER_EV_CONFIGURED = 101, /**< The center's own options changed */
	USHER_EV_DAY = 102, /**< A new day began; daily counts are zero */
	USHER_EV_QUEUE_SET = 103, /**< A queue was made or changed */
	/** A queue is removed; it takes nobody any more */
	USHER_EV_QUEUE_DRAINING = 104,
	USHER_EV_QUEUE_REMOVED = 105, /**< A removed queue is empty and gone */
	USHER_EV_QUEUE_OPENED = 106,  /**< A queue opened */
	USHER_EV_QUEUE_CLOSED = 107,  /**< A queue closed for newcomers */
	USHER_EV_STEP_SET = 108,  /**< A step of a queue was made or changed */
	USHER_EV_STEPS_CUT = 109, /**< A queue has its first steps left */
	USHER_EV_AGENT_SET = 110, /**< An agent was made or changed */
	USHER_EV_AGENT_REMOVED = 111, /**< An agent is gone */
	/** Presence of an agent changed, now */
	USHER_EV_AGENT_PRESENCE = 112,
	/** A pause or sign-out waits for the end of the work at hand;
	 *  ready: it does not any more */
	USHER_EV_AGENT_PENDING = 113,
	/** An agent is removed, at the end of the work at hand */
	USHER_EV_AGENT_REMOVING = 114,
	USHER_EV_CONTACT_STARTED = 120, /**< A contact began */
	/** Priority, customer and attributes of a contact, all as they
	 *  are now */
	USHER_EV_CONTACT_CHANGED = 121,
	/** The leg is gone, the place is kept */
	USHER_EV_CONTACT_DETACHED = 122,
	USHER_EV_CONTACT_ATTACHED = 123, /**< A leg is there again */
	/** The customer's side is over; wrap-up may go on */
	USHER_EV_CONTACT_ENDED = 124,
	/** The last segment is closed; the id is stale */
	USHER_EV_CONTACT_CLOSED = 125,
	/** The contact entered a flow: a segment began */
	USHER_EV_FLOW_ENTERED = 130,
	/** The contact left a flow: its segment closed */
	USHER_EV_FLOW_LEFT = 131,
	/** The contact waits in a queue: a segment began */
	USHER_EV_QUEUE_ENTERED = 140,
	/** The contact left a queue: its segment closed */
	USHER_EV_QUEUE_LEFT = 141,
	/** A step of the queue was taken for a contact */
	USHER_EV_STEP_TAKEN = 142,
	/** A contact is offered to an agent, until the deadline */
	USHER_EV_OFFER_MADE = 150,
	/** The agent took the offer; the parties are being joined */
	USHER_EV_OFFER_ACCEPTED = 151,
	/** Agent and customer are joined: the offer is done */
	USHER_EV_OFFER_CONNECTED = 152,
	/** The agent refused; not again before a time */
	USHER_EV_OFFER_REJECTED = 153,
	/** Nobody answered in time; not again before a time */
	USHER_EV_OFFER_MISSED = 154,
	/** The offer was taken back; the agent is not to blame */
	USHER_EV_OFFER_WITHDRAWN = 155,
	/** Accepted, but the parties could not be joined; the contact has
	 *  its old place */
	USHER_EV_OFFER_FAILED = 156,
	/** The contact is with an agent: a segment began */
	USHER_EV_AGENT_JOINED = 160,
	USHER_EV_AGENT_ANSWERED = 161, /**< A dialed contact answered */
	USHER_EV_HOLD_STARTED = 162,   /**< On hold */
	USHER_EV_HOLD_ENDED = 163,     /**< Off hold */
	/** The conversation is over, the agent's work is not */
	USHER_EV_WRAPUP_STARTED = 164,
	/** The agent is done with the contact: the segment closed */
	USHER_EV_AGENT_LEFT = 165,
	/** The agent said what it was about */
	USHER_EV_DISPOSITION_SET = 166,
	/** An external policy is asked; answer by assign before the
	 *  deadline */
	USHER_EV_DECIDE = 170,
	/** The external policy did not answer; the fallback decides */
	USHER_EV_DECIDE_LATE = 171,
	USHER_EV_DEFERRED = 172, /**< A policy said: not before a time */
	/** A policy collects until a time, then assigns together */
	USHER_EV_COLLECTING = 173,
	USHER_EV_NOBODY = 174,
	/** The caller left and will be called back: no leg, the place is
	 *  kept */
	USHER_EV_CALLBACK_ASKED = 180,
	/** The window of a callback is open, or its next attempt has come */
	USHER_EV_CALLBACK_DUE = 181,
	/** The customer of a callback is being dialed */
	USHER_EV_CALLBACK_DIALED = 182,
	/** The customer of a callback was not reached */
	USHER_EV_CALLBACK_MISSED = 183,
	USHER_EV_CALLBACK_OVER = 184, /**< A callback is over */
	/** An agent is free for a callback that calls the customer first, and
	 *  not needed for others who are dialed: it is to be dialed now */
	USHER_EV_CALLBACK_TURN = 185,
	/** A number was tried over a trunk: reached, refused, failed, … */
	USHER_EV_TRUNK_TRIED = 190,
	USHER_EV_STARTED = 201,   /**< The center opened for business */
	USHER_EV_STOPPED = 202,   /**< The center stopped cleanly */
	USHER_EV_RECOVERED = 203, /**< The center came back from its journal */
	/** Something works less well than it should */
	USHER_EV_DEGRADED = 204,
	USHER_EV_RESTORED = 205,       /**< What was degraded works again */
	USHER_EV_CONFIG_APPLIED = 206, /**< A configuration took effect */
	USHER_EV_REQUEST_DONE = 207,   /**< Outcome of a request */
	USHER_EV_LEG_RINGING = 210,    /**< A leg rings */
	USHER_EV_LEG_ANSWERED = 211,   /**< A leg was answered */
	USHER_EV_LEG_ENDED = 212,      /**< A leg ended */
	USHER_EV_LEG_STARTED = 213,    /**< A leg is being set up */
	USHER_EV_TRANSFERRED = 214,    /**< A contact was transferred */
	/** The target of a transfer did not take the contact; the agent is who
	   gave it away */
	USHER_EV_TRANSFER_FAILED = 215,
	/** An agent asks another while the customer waits with music */
	USHER_EV_CONSULT_STARTED = 216,
	/** Who is asked has answered; the customer does not hear it */
	USHER_EV_CONSULT_ANSWERED = 217,
	/** The consult is over; the reason says how */
	USHER_EV_CONSULT_ENDED = 218,
	/** Somebody joined the conversation of customer and agent */
	USHER_EV_PARTY_JOINED = 219,
	USHER_EV_FLOW_STEP = 220,   /**< A flow entered a state */
	USHER_EV_FLOW_FAILED = 221, /**< A flow could not go on */
	USHER_EV_DIGITS = 222,      /**< Digits came, none of them secret */
	/** A message came or went; the reference says where its text is */
	USHER_EV_MESSAGE = 223,
	/** Somebody left the conversation; the others go on */
	USHER_EV_PARTY_LEFT = 224,
	/** A supervisor is on a conversation; the agent is the supervisor */
	USHER_EV_SUPERVISION_STARTED = 225,
	/** A supervisor takes another part */
	USHER_EV_SUPERVISION_CHANGED = 226,
	/** A supervisor left, or took over; the agent is the supervisor */
	USHER_EV_SUPERVISION_ENDED = 227,
	/** The customer was parked at a slot */
	USHER_EV_PARKED = 228,
	/** The customer left the slot */
	USHER_EV_UNPARKED = 229,
	USHER_EV_RECORDING_STARTED = 230, /**< A recording began */
	USHER_EV_RECORDING_STOPPED = 231, /**< A recording ended */
	USHER_EV_VOICEMAIL_LEFT = 232,    /**< A voicemail was left */
	/** Nothing is kept of what is said now */
	USHER_EV_RECORDING_PAUSED = 233,
	/** The recording goes on */
	USHER_EV_RECORDING_RESUMED = 234,
	/** What the customer said to being recorded: given, refused, withdrawn
	 */
	USHER_EV_CONSENT_SET = 235,
	/** A leg is not heard by the others */
	USHER_EV_LEG_MUTED = 236,
	/** A leg is heard again */
	USHER_EV_LEG_UNMUTED = 237,
	/** Digits were sent to a leg; which ones is not kept */
	USHER_EV_DIGITS_SENT = 238,
	USHER_EV_LEG_QUALITY = 239,         /**< How good a leg sounded */
	USHER_EV_ENDPOINT_REGISTERED = 240, /**< An endpoint is reachable */
	/** An endpoint is not reachable any more */
	USHER_EV_ENDPOINT_UNREGISTERED = 241,
	USHER_EV_CUSTOM = 250, /**< An application's own event */
	/** Somebody tries what they may not, or a limit is reached */
	USHER_EV_SECURITY = 260,
	/** What calls outside cost today: of an agent, or of the center */
	USHER_EV_OUTBOUND_SPENT = 270
};
/** What a field holds. */
enum usher_field_type {
	USHER_TYPE_ID = 1, /**< 64-bit id; text in JSON */
	USHER_TYPE_U64 = 2,
	USHER_TYPE_I64 = 3,
	USHER_TYPE_TIME = 4, /**< signed, Unix microseconds */
	USHER_TYPE_SPAN = 5, /**< signed, microseconds */
	USHER_TYPE_U32 = 6,
	USHER_TYPE_ENUM = 7, /**< a number with a name */
	USHER_TYPE_REAL = 8, /**< double */
	USHER_TYPE_STR = 9,  /**< UTF-8 */
	USHER_TYPE_BYTES = 10,
	USHER_TYPE_IDS = 11,  /**< list of ids */
	USHER_TYPE_STRS = 12, /**< list of texts */
	USHER_TYPE_KV = 13    /**< attributes: name to text or number */
};

/** Longest text in bytes; a longer one is USHER_EINVAL. */
#define USHER_TEXT_MAX 4096
/** Longest name in bytes. */
#define USHER_NAME_MAX 63
/** Longest encoded entry in bytes. */
#define USHER_ENTRY_MAX 65536
/** Most ids, texts or attributes in one field. */
#define USHER_LIST_MAX 256

/** Every field. */
enum usher_field {
	USHER_F_CONTACT = 1, /**< The contact */
	USHER_F_SEGMENT = 2, /**< The segment */
	USHER_F_QUEUE = 3,   /**< The queue */
	USHER_F_AGENT = 4,   /**< The agent */
	USHER_F_OFFER = 5,   /**< The offer */
	/** The group of offers made together: the id of its first */
	USHER_F_GROUP = 6,
	USHER_F_QUEUES = 7, /**< Queues */
	/** Agents: candidates in the policy's order where it has one */
	USHER_F_AGENTS = 8,
	USHER_F_NAME = 10,    /**< Name, unique among its kind */
	USHER_F_REASON = 11,  /**< Why, in a short word */
	USHER_F_CHANNEL = 12, /**< Kind of channel: voice, chat, email */
	/** Where it came from, as the driver writes it */
	USHER_F_ORIGIN = 13,
	USHER_F_CUSTOMER = 14, /**< Reference of the customer */
	USHER_F_ENTRY = 15,    /**< The entry it came in by */
	USHER_F_FLOW = 16,     /**< Name of the flow */
	USHER_F_POLICY = 17,   /**< Name of the routing policy */
	/** Policy that decides when an external answer is late */
	USHER_F_FALLBACK = 18,
	USHER_F_REQUIREMENT = 19, /**< Requirement expression on agents */
	USHER_F_DISPOSITION = 20, /**< What the agent said it was about */
	USHER_F_ENDPOINTS = 21,   /**< Where the agent is reached, in order */
	USHER_F_ATTRS = 22,       /**< Attributes */
	/** Most contacts at once, by kind of channel */
	USHER_F_CAPACITY = 23,
	/** For a kind of channel the kinds that do not stand in its way */
	USHER_F_INTERRUPTS = 24,
	USHER_F_ENDPOINT = 25,  /**< The endpoint */
	USHER_F_TEXT = 26,      /**< A text that is not personal */
	USHER_F_REFERENCE = 27, /**< Where the text, sound or file is kept */
	USHER_F_STATE = 28,     /**< State of the flow that was entered */
	USHER_F_DIGITS = 29,    /**< Digits that are not secret */
	USHER_F_DIRECTION = 30, /**< Who began it */
	USHER_F_PRESENCE = 31,  /**< Presence of an agent */
	USHER_F_LEAVE = 32,     /**< How the queue was left */
	USHER_F_WITHDRAW = 33,  /**< Why the offer was taken back */
	USHER_F_RESULT = 34,    /**< 0 or an error code */
	/** Policy that finds the contact for a free agent */
	USHER_F_CONTACT_ORDER = 35,
	USHER_F_DEADLINE = 40, /**< When it ends by itself */
	USHER_F_UNTIL = 41,    /**< Not before this time */
	/** Counted from this time: age is kept over transfers */
	USHER_F_SINCE = 42,
	USHER_F_WAIT = 43, /**< Time spent waiting in this queue */
	USHER_F_TALK = 44, /**< Time in conversation, without hold */
	USHER_F_HOLD = 45, /**< Time on hold */
	/** Time of wrap-up: the most allowed, or what was spent */
	USHER_F_WRAPUP = 46,
	USHER_F_TARGET = 47, /**< Service level: answered within */
	USHER_F_SHORT = 48,  /**< An abandon before this is a short one */
	USHER_F_OFFER_TIMEOUT = 49, /**< How long an offer stands */
	USHER_F_MAX_WAIT = 50,      /**< Longest stay in the queue; 0: any */
	/** Until the same agent may be offered the same contact again */
	USHER_F_RETRY = 51,
	/** How long an external policy may think */
	USHER_F_DECIDE_TIMEOUT = 52,
	USHER_F_RING = 53, /**< From the offer to its end */
	/** From accepted to connected, or dialing until answered */
	USHER_F_CONNECT = 54,
	USHER_F_PRIORITY = 60,    /**< Higher goes first */
	USHER_F_MAX_WAITING = 61, /**< Most contacts waiting; 0: any number */
	/** Missed offers in a row until the agent is paused; 0: never */
	USHER_F_MISSED_LIMIT = 62,
	/** Percent at which waiting counts for age_with_boost */
	USHER_F_BOOST = 63,
	USHER_F_ORDER = 64,        /**< Place in a list; lower goes first */
	USHER_F_MAX_TOTAL = 65,    /**< Most contacts at once over all kinds */
	USHER_F_MEMBERS_ONLY = 66, /**< 1: only agents who name the queue */
	USHER_F_OPEN = 67,         /**< 1: open, 0: closed */
	USHER_F_CANDIDATES = 68, /**< How many agents were free and eligible */
	USHER_F_MISSED = 69,     /**< Missed offers in a row */
	USHER_F_WAITING = 70,    /**< How many wait in the queue after this */
	/** 1: takes effect when the work at hand is done */
	USHER_F_PENDING = 71,
	USHER_F_FORCE = 72,      /**< 1: also against the requirement */
	USHER_F_CODE = 73,       /**< Status code of the protocol */
	USHER_F_BYTES_LOST = 74, /**< How much was lost */
	USHER_F_LEG = 75,        /**< The leg */
	USHER_F_DURATION = 76,   /**< How long it lasted */
	USHER_F_COUNT = 77,      /**< How many */
	USHER_F_SIDE = 78,       /**< Whose leg */
	/** The policy's state after its decision, when it changed */
	USHER_F_POLICY_STATE = 79,
	USHER_F_POLICY_VERSION = 80, /**< Version of the policy */
	USHER_F_REQUEST = 81, /**< The request that this is the outcome of */
	USHER_F_SEED = 82,    /**< Seed of the random streams */
	USHER_F_DIALING = 83, /**< 1: not answered yet */
	USHER_F_TYPE = 84,    /**< Type of the note */
	USHER_F_PAYLOAD = 85, /**< Encoded fields of the note */
	/** Free and eligible, but refused or missed this contact lately */
	USHER_F_LEFT_OUT = 86,
	/** Part that a supervisor takes: listen, whisper, barge */
	USHER_F_MODE = 87,
	/** Place by its short name: a slot where calls are parked */
	USHER_F_KEY = 88,
	USHER_F_STEP = 100,      /**< Number of a queue's step, from 1 */
	USHER_F_AFTER = 101,     /**< Not before this long in the queue */
	USHER_F_CONDITION = 102, /**< Only while this expression holds */
	USHER_F_ACTION = 103,    /**< What the step does */
	USHER_F_CHECK = 104,     /**< How often the condition is looked at */
	/** 1: also agents who do not name the queue */
	USHER_F_ANYONE = 105,
	/** 1: at once when nobody who may take the contact is signed in */
	USHER_F_UNSTAFFED = 106,
	USHER_F_POLICY_OPTIONS = 110, /**< Options of the routing policy */
	/** What the center's contact_order is told of the queue */
	USHER_F_ORDER_OPTIONS = 111,
	/** When nobody has accepted after this time, more are rung beside;
	 *  0: never */
	USHER_F_WIDEN = 112,
	USHER_F_JITTER = 130,
	USHER_F_ROUND_TRIP = 131,
	USHER_F_MOS = 132,
	USHER_F_PEER_LOST = 133,
	USHER_F_PEER_JITTER = 134,
	USHER_F_PEER_MOS = 135,
	USHER_F_R_FACTOR = 136,
	USHER_F_PEER_R_FACTOR = 137,
	USHER_F_WHY = 160,
	USHER_F_CONSIDERED = 161,
	USHER_F_EXCLUDED = 162,
	USHER_F_TRUNCATED = 163,
	USHER_F_EXPLAIN = 164,
	USHER_F_FIRST = 170,
	/** The window opens; 0: at once, or for a customer who is called
	 *  first in the turn */
	USHER_F_FROM = 171,
	USHER_F_ATTEMPTS = 172, /**< So often the customer is dialed at most */
	USHER_F_ATTEMPT = 173,  /**< Number of the attempt, from 1 */
	USHER_F_AGAIN = 174,    /**< From an attempt in vain to the next */
	/** Whom a callback dials, as the host refers to it */
	USHER_F_ADDRESS = 175,
	/** 1: a callback is dialed when it is its turn; no time was chosen */
	USHER_F_TURN = 176,
	USHER_F_TRUNK = 190,    /**< Name of the trunk */
	USHER_F_HOP = 191,      /**< Address of the trunk */
	USHER_F_PREFIX = 192,   /**< What the trunk's numbers begin with */
	USHER_F_STATUS = 193,   /**< SIP status; 0: there was none */
	USHER_F_FAILOVER = 194, /**< 1: the next one is tried */
	/** All that had to be asked was asked */
	USHER_F_SETTLED = 195,
	/** The policy has said nobody, and somebody still waits */
	USHER_F_DECLINES = 196,
	USHER_F_SPENT = 240 /**< What calls outside cost this day */
};

#endif
