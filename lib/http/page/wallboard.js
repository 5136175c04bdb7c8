"use strict";
/*
 * The wallboard: one WebSocket that tells the whole state when something has
 * changed, and clocks that run in between. Every text that comes from outside
 * goes through textContent, so it is shown and never interpreted.
 */
(function () {
	const STALE_MS = 25000;
	const RETRY_FIRST_MS = 500;
	const RETRY_MOST_MS = 10000;
	const SPEAK_MS = 15000;
	const CALLERS_MAX = 18;

	const $ = (id) => document.getElementById(id);
	const socketScheme = location.protocol === "https:" ? "wss://" : "ws://";

	let socket = null;
	let token = sessionStorage.getItem("usher-token") || "";
	let center = named(location.hash.slice(1));
	let state = null;
	let offsetMs = 0;
	let heardMs = 0;
	let retryMs = RETRY_FIRST_MS;
	let retryTimer = 0;
	let spokenMs = 0;
	let spokenText = "";

	/* ---- small things ------------------------------------------------ */

	/* What somebody has typed behind # may be no encoding of anything. */
	function named(text) {
		try {
			return decodeURIComponent(text);
		} catch (e) {
			return "";
		}
	}

	function element(tag, className, text) {
		const e = document.createElement(tag);

		if (className)
			e.className = className;
		if (text !== undefined)
			e.textContent = text;
		return e;
	}

	function put(e, text) {
		if (e.textContent !== text)
			e.textContent = text;
	}

	function mark(e, name, value) {
		if (value === "" || value === undefined || value === null)
			e.removeAttribute(name);
		else if (e.getAttribute(name) !== value)
			e.setAttribute(name, value);
	}

	const nowUs = () => (Date.now() + offsetMs) * 1000;

	function duration(us) {
		const s = Math.max(0, Math.floor(us / 1e6));
		const two = (n) => String(n).padStart(2, "0");

		if (s >= 3600)
			return Math.floor(s / 3600) + ":" +
				two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
		return Math.floor(s / 60) + ":" + two(s % 60);
	}

	const percent = (v) => v === null || v === undefined ? "–"
		: (v === 1 ? "100" : (Math.floor(v * 1000) / 10).toFixed(v > 0 && v < 0.1 ? 1 : 0)) + " %";

	function levelOfRatio(v) {
		if (v === null || v === undefined)
			return "";
		return v >= 0.8 ? "good" : v >= 0.6 ? "warn" : "bad";
	}

	function levelOfWait(us, thresholdUs) {
		if (!us)
			return "";
		return us > thresholdUs ? "bad" : us > 0.7 * thresholdUs ? "warn" : "good";
	}

	/* Keep one node for each item, in order: what did not change stays, so
	 * that nothing flickers and a screen reader keeps its place. */
	function sync(parent, items, key, make, update) {
		const old = new Map();
		let at = parent.firstElementChild;

		for (const child of parent.children)
			old.set(child.dataset.key, child);
		for (const item of items) {
			const k = key(item);
			let node = old.get(k);

			old.delete(k);
			if (!node) {
				node = make(item);
				node.dataset.key = k;
			}
			if (node === at)
				at = at.nextElementSibling;
			else
				parent.insertBefore(node, at);
			update(node, item);
		}
		for (const node of old.values())
			node.remove();
	}

	/* ---- what is shown ------------------------------------------------ */

	function tile(id, figure, note, level) {
		const t = $("tile-" + id);

		put(t.children[1], figure);
		put(t.children[2], note || "\u00a0");
		mark(t, "data-level", level);
	}

	function waiting() {
		const now = nowUs();

		return state.contacts
			.filter((c) => !c.slot && (c.state === "waiting" || c.state === "ringing"
				|| c.state === "detached" || (c.state === "callback" && c.queue)))
			.map((c) => ({ contact: c, us: now - c.since_us, queue: queueOf(c.queue) }))
			.sort((a, b) => b.us - a.us);
	}

	/* Also while somebody is rung for them; that one may not answer. */
	function parked() {
		const now = nowUs();

		return state.contacts
			.filter((c) => c.slot)
			.map((c) => ({ contact: c, us: now - c.since_us }))
			.sort((a, b) => a.contact.slot - b.contact.slot);
	}

	const queueOf = (id) => state.queues.find((q) => q.id === id);

	function showTiles() {
		const total = state.total;
		const longest = waiting()[0];
		const on = state.agents.filter((a) => a.presence !== "signed_out");
		const free = on.filter((a) => doing(a) === "free").length;
		const level = total.service_level ? total.service_level.strict : null;
		const left = total.entered ? total.abandoned / total.entered : null;
		const count = state.queues.reduce((n, q) => n + q.waiting, 0);

		tile("waiting", String(count),
			free ? "" : count ? "nobody is free" : "",
			count === 0 ? "good" : free ? "warn" : "bad");
		tile("longest", longest ? duration(longest.us) : "0:00",
			longest && longest.queue ? longest.queue.display : "",
			longest ? levelOfWait(longest.us, longest.queue ? longest.queue.threshold_us : 20e6) : "good");
		tile("level", percent(level), "in time, today", levelOfRatio(level));
		tile("answered", String(total.answered || 0),
			total.asa_us === null || total.asa_us === undefined ? "today" : "today, after " + duration(total.asa_us), "");
		tile("abandoned", String(total.abandoned || 0),
			left === null ? "today" : "today, " + percent(left), left > 0.1 ? "bad" : left > 0.05 ? "warn" : "");
		tile("agents", String(free), "of " + on.length + " signed in",
			on.length === 0 ? "bad" : free ? "good" : "warn");
	}

	function cell(label, className) {
		const td = element("td", className);

		td.dataset.label = label;
		return td;
	}

	function makeQueue() {
		const tr = element("tr");
		const name = element("th");
		const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
		const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
		const level = cell("Service level", "wide");
		const meter = element("div", "meter");

		name.scope = "row";
		name.append(element("span"), element("span", "badge", "closed"));
		svg.setAttribute("viewBox", "0 0 100 1");
		svg.setAttribute("preserveAspectRatio", "none");
		svg.setAttribute("aria-hidden", "true");
		rect.setAttribute("height", "1");
		svg.append(rect);
		meter.append(svg, element("span"));
		level.append(meter);
		tr.append(name, cell("Waiting", "num"), cell("Longest", "num"), cell("Free", "num"),
			cell("Talking", "num"), level, cell("Mean wait", "num"), cell("Gave up", "num"));
		return tr;
	}

	function setLevel(td, level) {
		td.className = td.className.replace(/ ?level-\w+/, "") + " level-" + (level || "none");
	}

	function showQueue(tr, q) {
		const c = tr.children;
		const longest = waiting().find((w) => w.contact.queue === q.id);
		const ratio = q.service_level ? q.service_level.strict : null;

		put(c[0].children[0], q.display);
		c[0].children[1].hidden = !q.closed;
		put(c[1], String(q.waiting));
		setLevel(c[1], q.waiting === 0 ? "none" : q.agents_available ? "warn" : "bad");
		put(c[2], longest ? duration(longest.us) : "–");
		setLevel(c[2], longest ? levelOfWait(longest.us, q.threshold_us) : "none");
		put(c[3], q.agents_available + " / " + q.agents_serving);
		setLevel(c[3], q.agents_serving === 0 ? "bad" : q.agents_available ? "good" : "warn");
		put(c[4], String(q.talking));
		setLevel(c[5], levelOfRatio(ratio));
		c[5].querySelector("rect").setAttribute("width", String(100 * (ratio || 0)));
		put(c[5].querySelector("span"), percent(ratio));
		c[5].title = "answered within " + duration(q.threshold_us) + " of all who were answered or gave up";
		put(c[6], q.asa_us === null || q.asa_us === undefined ? "–" : duration(q.asa_us));
		put(c[7], String(q.abandoned || 0));
	}

	function makeCaller() {
		const li = element("li");

		li.append(element("span", "who"), element("span", "where"), element("span", "wait"));
		return li;
	}

	function showCallers() {
		const all = waiting();
		const shown = all.slice(0, CALLERS_MAX);

		sync($("caller-rows"), shown, (w) => w.contact.id, makeCaller, (li, w) => {
			const what = w.contact.state === "ringing" ? ", ringing"
				: w.contact.state === "detached" ? ", calling back"
				: w.contact.state === "callback" ? ", to be called" : "";

			put(li.children[0], w.contact.origin || "unknown");
			put(li.children[1], (w.queue ? w.queue.display : "") + what);
			put(li.children[2], duration(w.us));
			mark(li, "data-level", levelOfWait(w.us, w.queue ? w.queue.threshold_us : 20e6));
		});
		$("callers-empty").hidden = all.length > 0;
		put($("callers-title"), all.length > CALLERS_MAX
			? "Waiting callers, the first " + CALLERS_MAX + " of " + all.length : "Waiting callers");
	}

	function showParked() {
		const all = parked();

		sync($("parked-rows"), all, (p) => p.contact.id, makeCaller, (li, p) => {
			put(li.children[0], p.contact.origin || "unknown");
			put(li.children[1], p.contact.slot + (p.contact.state === "ringing" ? ", ringing" : ""));
			put(li.children[2], duration(p.us));
		});
		$("parked").hidden = all.length === 0;
	}

	function doing(a) {
		if (a.activity && a.activity !== "idle")
			return a.activity;
		return a.presence === "ready" ? "free" : a.presence;
	}

	const WORDS = { free: "free", ringing: "ringing", talking: "talking", hold: "on hold",
		wrap_up: "wrap-up", paused: "paused" };
	const ORDER = ["ringing", "talking", "hold", "wrap_up", "free", "paused"];

	function makeAgent() {
		const li = element("li");

		li.append(element("span", "name"), element("span", "time"), element("span", "doing"));
		return li;
	}

	function showAgent(li, a) {
		const what = doing(a);
		const contact = a.contact && state.contacts.find((c) => c.id === a.contact);
		const queue = contact && queueOf(contact.queue);
		let text = WORDS[what] || what;

		if (what === "paused" && a.reason)
			text += ": " + a.reason;
		else if (what !== "free" && what !== "paused" && queue)
			text += " · " + queue.display;
		if (what === "free" && !a.registered)
			text += ", no phone";
		put(li.children[0], a.display);
		put(li.children[1], duration(nowUs() - a.since_us));
		put(li.children[2], text);
		mark(li, "data-doing", what);
	}

	function showAgents() {
		const on = state.agents.filter((a) => a.presence !== "signed_out");
		const off = state.agents.filter((a) => a.presence === "signed_out");
		const rank = (a) => ORDER.indexOf(doing(a));

		on.sort((a, b) => rank(a) - rank(b) || a.display.localeCompare(b.display));
		mark($("agent-rows"), "data-density", on.length > 48 ? "tiny" : on.length > 20 ? "dense" : on.length > 10 ? "" : "roomy");
		sync($("agent-rows"), on, (a) => a.id, makeAgent, showAgent);
		put($("signed-out"), off.length === 0 ? ""
			: off.length > 12 ? off.length + " are signed out"
			: "Signed out: " + off.map((a) => a.display).join(", "));
	}

	/* For those who listen: rarely, and only what matters. */
	function speak() {
		const n = state.queues.reduce((sum, q) => sum + q.waiting, 0);
		const longest = waiting()[0];
		const text = n === 0 ? "Nobody waits"
			: n + " waiting, the longest " + Math.round(longest ? longest.us / 1e6 : 0) + " seconds";

		if (Date.now() - spokenMs < SPEAK_MS || text === spokenText)
			return;
		spokenMs = Date.now();
		spokenText = text;
		put($("spoken"), text);
	}

	function show() {
		const stale = heardMs && Date.now() - heardMs > STALE_MS;

		put($("clock"), new Date(nowUs() / 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
		if (!state)
			return;
		mark($("board"), "data-stale", stale || !socket || socket.readyState !== 1 ? "1" : "");
		put($("center"), state.center);
		document.title = state.center + ": " + state.queues.reduce((n, q) => n + q.waiting, 0) + " waiting";
		showTiles();
		mark($("queue-rows"), "data-density", state.queues.length > 5 ? "" : "roomy");
		sync($("queue-rows"), state.queues, (q) => q.id, makeQueue, showQueue);
		showCallers();
		showParked();
		showAgents();
		speak();
		if (stale && socket)
			socket.close();
	}

	/* ---- the line ------------------------------------------------------- */

	function status(kind, text) {
		mark($("status"), "data-state", kind);
		put($("status-text"), text);
	}

	function base64url(text) {
		const bytes = new TextEncoder().encode(text);
		let binary = "";

		for (const b of bytes)
			binary += String.fromCharCode(b);
		return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
	}

	function ask(message) {
		$("board").hidden = true;
		$("door").hidden = false;
		put($("door-error"), message);
		$("token").focus();
		status("wait", "locked");
	}

	function later() {
		clearTimeout(retryTimer);
		retryTimer = setTimeout(open, retryMs * (0.7 + 0.6 * Math.random()));
		retryMs = Math.min(2 * retryMs, RETRY_MOST_MS);
	}

	function hear(message) {
		let said;

		try {
			said = JSON.parse(message.data);
		} catch (e) {
			return;
		}
		if (!said.state)
			return;
		state = said.state;
		heardMs = Date.now();
		offsetMs = state.time_us / 1000 - heardMs;
		retryMs = RETRY_FIRST_MS;
		$("door").hidden = true;
		$("board").hidden = false;
		status("live", "live");
		show();
	}

	function connect() {
		const protocols = ["usher.v1"];

		if (token)
			protocols.push("usher.bearer." + base64url(token));
		socket = new WebSocket(socketScheme + location.host + "/api/v1/centers/" +
			encodeURIComponent(center) + "/live", protocols);
		socket.onmessage = hear;
		socket.onclose = () => {
			socket = null;
			status("lost", "no connection");
			show();
			later();
		};
	}

	function choose(names) {
		const select = $("centers");

		if (!names.includes(center))
			center = names[0];
		$("chooser").hidden = names.length < 2;
		select.replaceChildren(...names.map((name) => {
			const option = element("option", "", name);

			option.selected = name === center;
			return option;
		}));
	}

	/* The index is asked first: a refused WebSocket does not say why. */
	async function open() {
		try {
			const answer = await fetch("/api/v1", token ? { headers: { Authorization: "Bearer " + token } } : {});

			if (answer.status === 401) {
				ask(token ? "That is not a valid token." : "");
				return;
			}
			if (!answer.ok)
				throw new Error("status " + answer.status);
			choose((await answer.json()).centers);
			connect();
		} catch (e) {
			status("lost", "no connection");
			show();
			later();
		}
	}

	$("door").addEventListener("submit", (event) => {
		event.preventDefault();
		token = $("token").value;
		sessionStorage.setItem("usher-token", token);
		open();
	});

	$("centers").addEventListener("change", () => {
		center = $("centers").value;
		location.hash = encodeURIComponent(center);
		if (socket) {
			socket.onclose = null;
			socket.close();
		}
		connect();
	});

	function theme(name) {
		document.documentElement.dataset.theme = name;
	}

	$("theme").addEventListener("click", () => {
		const next = document.documentElement.dataset.theme === "light" ? "dark" : "light";

		localStorage.setItem("usher-theme", next);
		theme(next);
	});
	theme(localStorage.getItem("usher-theme") ||
		(matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark"));

	setInterval(show, 500);
	open();
})();
