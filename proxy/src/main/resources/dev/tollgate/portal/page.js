"use strict";

const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");
const units = (value) => (value === null || value === undefined ? "unlimited" : number.format(value));
const time = (text) => new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Short enough for a table on a phone. */
const moment = (text) => new Date(text).toLocaleString(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

const day = (text) => new Date(text).toLocaleDateString(undefined, { dateStyle: "medium" });

/** Calls the server; an answer that is no success becomes an error with the server's own words. */
async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const document = await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = new Error(document.error?.message ?? "The server could not be reached. Try again.");
    error.status = response.status;
    throw error;
  }
  return { status: response.status, document };
}

function say(text, bad = false) {
  const notice = byId("notice");
  notice.textContent = text;
  notice.className = bad ? "bad" : "";
  notice.hidden = text === "";
}

/** Runs what a form or button does, once at a time, and says what went wrong. */
function when(id, event, action) {
  byId(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    const button = event === "submit" ? happened.target.querySelector("button") : happened.target;
    button.disabled = true;
    say("");
    try {
      await action();
    } catch (error) {
      if (error.name !== "AbortError") say(error.message, true);
    } finally {
      button.disabled = false;
    }
  });
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Names what this page buys: however often a button is pressed, each product is bought once with it. */
const attempt = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

let offers = [];
let events = null;
let trial = null;

async function start() {
  const query = new URLSearchParams(location.search);
  const link = new URLSearchParams(location.hash.slice(1)).get("sign-in");
  if (query.size > 0 || link) history.replaceState(null, "", "/");
  byId("base").textContent = location.origin + "/v1";
  const open = (await call("GET", "/offers")).document;
  offers = open.offers;
  byId("signin-email").hidden = !open.email_sign_in;
  if (query.get("checkout") === "done") await claim(query.get("purchase") ?? undefined);
  if (link) await call("POST", "/session/link", { token: link }).catch((error) => say(error.message, true));
  await show();
}

/** Back from paying: waits until the payment is known. */
async function claim(purchase) {
  say("Waiting for the payment to be confirmed …");
  for (let attempt = 0; attempt < 60; attempt++) {
    try {
      const { status, document } = await call("POST", "/checkout/claim", { purchase });
      if (status !== 202) {
        say(document.key ? "Thank you. You are subscribed." : "Thank you. Your credits arrive in a moment.");
        if (document.key) showKey(document.key);
        return;
      }
    } catch (error) {
      say(error.message, true);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  say("The payment is not confirmed yet. Come back to this page in a few minutes.", true);
}

async function show() {
  let known = true;
  try {
    await call("GET", "/session");
  } catch (error) {
    if (error.status !== 401) throw error;
    known = false;
  }
  byId("stranger").hidden = known;
  byId("customer").hidden = !known;
  byId("account").hidden = !known;
  if (known) await showCustomer();
  else showStranger();
}

/** What a customer saw must not stay in the page for whoever comes next. */
function forget() {
  events?.close();
  for (const id of ["available", "balance", "pending", "held", "over", "moved", "expiring", "standing"]) byId(id).textContent = "";
  for (const id of ["keys", "requests", "chart", "why-list"]) byId(id).replaceChildren();
}

function showStranger() {
  forget();
  const plans = offers.filter((offer) => offer.kind === "plan");
  byId("plans-section").hidden = plans.length === 0;
  byId("plans").replaceChildren(element("legend", "Plan"), ...plans.map(option));
}

function option(plan, index) {
  const label = element("label", undefined, { class: "option" });
  const radio = element("input", undefined, { type: "radio", name: "plan", value: plan.id });
  radio.checked = index === 0;
  const more = plan.overage_price_per_million ? `, beyond that ${plan.overage_price_per_million} per million` : "";
  label.append(radio, element("b", `${plan.name}: ${plan.price} a month`), element("span", `${units(plan.credits)} credits${more}`));
  return label;
}

async function showCustomer() {
  listen();
  const topups = offers.filter((offer) => offer.kind === "topup");
  byId("topups").replaceChildren(
    ...topups.map((offer) => {
      const button = element("button", `Add ${units(offer.credits)} credits for ${offer.price}`, { type: "button" });
      button.addEventListener("click", () => buy("/checkout/topup", { product: offer.id, attempt }, button));
      return button;
    }),
  );
  planButtons();
  await Promise.all([showKeys(), showUsage(), showRequests(), showModels()].map((part) => part.catch((error) => say(error.message, true))));
}

/** What a customer has to know beyond the numbers; empty when all is well. */
function standing(credits) {
  if (credits.deducting_subscriptions > 1) return "Two of your plans deduct the same usage. Cancel one of them under “Billing and invoices”.";
  if (credits.subscription === "paused") return "Your subscription is paused. Resume it under “Billing and invoices”.";
  if (credits.subscription === "on_hold") return "Your last payment did not go through. Give another card under “Billing and invoices”.";
  if (credits.subscription === "ended") return "Your subscription has ended. Subscribe again to get new credits every month.";
  if (credits.available !== null && credits.available <= 0) return "You have no credits left: requests are refused until you add some.";
  if (credits.subscription === "trial") return "You are on trial.";
  return "";
}

function showStanding(credits) {
  const text = credits.known ? standing(credits) : "";
  if (byId("standing").textContent !== text) byId("standing").textContent = text;
  byId("standing").hidden = text === "";
  byId("plans-again").hidden = !credits.known || !["ended", "none"].includes(credits.subscription);
}

function planButtons() {
  const plans = offers.filter((offer) => offer.kind === "plan");
  byId("plans-again").replaceChildren(
    ...plans.map((plan) => {
      const button = element("button", `Subscribe to ${plan.name}: ${plan.price} a month`, { type: "button", class: "quiet" });
      button.addEventListener("click", () => buy("/checkout/subscribe", { plan: plan.id, attempt }, button));
      return button;
    }),
  );
}

async function buy(path, body, button) {
  button.disabled = true;
  try {
    location.assign((await call("POST", path, body)).document.checkout_url);
  } catch (error) {
    say(error.message, true);
    button.disabled = false;
  }
}

function listen() {
  events?.close();
  events = new EventSource("/credits/events");
  let last = "";
  events.addEventListener("credits", (event) => {
    const credits = JSON.parse(event.data);
    const unbounded = credits.available === null;
    const left = unbounded ? credits.balance - credits.not_yet_deducted - credits.held : credits.available;
    byId("available").textContent = credits.known ? units(Math.max(0, left)) : "…";
    byId("unit").textContent = unbounded ? "credits left; requests go on beyond them" : "credits available";
    showStanding(credits);
    byId("balance").textContent = units(credits.balance);
    const over = credits.not_yet_deducted - credits.balance;
    byId("over-row").hidden = over <= 0;
    byId("over").textContent = units(over);
    byId("pending").textContent = units(credits.not_yet_deducted);
    byId("held").textContent = units(credits.held);
    byId("moved").textContent = credits.last_movement_at ? `Last change at the payment provider: ${time(credits.last_movement_at)}` : "";
    byId("expiring").textContent = (credits.expiring ?? []).slice(0, 3).map((grant) => `Up to ${units(grant.credits)} expire on ${day(grant.at)}.`).join(" ");
    const settled = `${credits.balance} ${credits.not_yet_deducted}`;
    if (last !== "" && settled !== last) refreshSoon();
    last = settled;
  });
}

let refreshing = null;
function refreshSoon() {
  clearTimeout(refreshing);
  refreshing = setTimeout(() => Promise.all([showUsage(), showRequests()]).catch(() => {}), 500);
}

async function showKeys() {
  const { keys } = (await call("GET", "/keys")).document;
  byId("keys").replaceChildren(
    ...keys.map((key) => {
      const item = element("li", undefined, key.revoked ? { class: "revoked" } : {});
      item.append(element("span", key.name));
      if (!key.revoked) {
        const button = element("button", "Revoke", { type: "button", class: "quiet", "aria-label": `Revoke ${key.name}` });
        button.addEventListener("click", async () => {
          if (!confirm(`Revoke "${key.name}"? Programs that use it stop working at once.`)) return;
          try {
            await call("DELETE", `/keys?id=${encodeURIComponent(key.id)}`);
            await show();
          } catch (error) {
            say(error.message, true);
          }
        });
        item.append(button);
      }
      return item;
    }),
  );
}

function showKey(key) {
  byId("newkey-value").textContent = key;
  byId("newkey").hidden = false;
  byId("newkey-value").focus();
}

async function showUsage() {
  const from = new Date(Date.now() - 29 * 86400000).toISOString().slice(0, 10);
  const { usage } = (await call("GET", `/usage?by=day&from=${from}`)).document;
  const byDay = new Map(usage.map((row) => [row.day, row.units]));
  const days = Array.from({ length: 30 }, (_, i) => new Date(Date.now() - (29 - i) * 86400000).toISOString().slice(0, 10));
  const most = Math.max(1, ...byDay.values());
  const total = [...byDay.values()].reduce((sum, value) => sum + value, 0);
  byId("chart-from").textContent = new Date(days[0]).toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
  byId("chart-most").textContent = total === 0 ? "nothing used yet" : `most in a day: ${units(most)}`;
  byId("chart").setAttribute("aria-label", `Usage per day: ${units(total)} credits in 30 days`);
  byId("chart").replaceChildren(
    ...days.map((day) => {
      const bar = element("i", undefined, { title: `${day}: ${units(byDay.get(day) ?? 0)}` });
      bar.style.height = `${(100 * (byDay.get(day) ?? 0)) / most}%`;
      return bar;
    }),
  );
}

async function showRequests() {
  const { requests } = (await call("GET", "/requests")).document;
  byId("norequests").hidden = requests.length > 0;
  byId("requests").replaceChildren(
    ...requests.map((request) => {
      const row = element("tr");
      const why = element("td");
      const button = element("button", "Why?", { type: "button", class: "quiet" });
      button.addEventListener("click", () => explain(request));
      why.append(button);
      row.append(
        element("td", moment(request.settled.at)),
        element("td", request.reserved?.model ?? ""),
        element("td", units(request.settled.units), { class: "number" }),
        why,
      );
      return row;
    }),
  );
}

function explain(request) {
  const { reserved, settled, event } = request;
  const rows = [
    ["Request", request.request_id],
    ["Held at first", reserved ? `${units(reserved.held_units)} (prompt ${units(reserved.prompt_units)}, answer ${units(reserved.output_units)})` : "unknown"],
    ["Model that answered", settled.model_answered ?? reserved?.model ?? "unknown"],
    ["Input tokens", `${units(settled.input_tokens)} (${units(settled.cached_tokens)} cached)`],
    ["Output tokens", `${units(settled.output_tokens)} (${units(settled.reasoning_tokens)} reasoning)`],
    ["Credits used", units(settled.units)],
    ["Counted by", settled.estimated ? "an estimate: the model's own count never came" : "the model's own count"],
    ["Reported for deduction", event?.state === "acknowledged" ? `yes, ${time(event.at)}` : "not yet"],
  ];
  byId("why-list").replaceChildren(
    ...rows.map(([name, value]) => {
      const row = element("div");
      row.append(element("dt", name), element("dd", value));
      return row;
    }),
  );
  byId("why").showModal();
}

async function trialKey() {
  if (trial === null || trial.until < Date.now() + 60000) {
    const { document } = await call("POST", "/keys/try", {});
    trial = { key: document.key, until: Date.now() + document.seconds * 1000 };
  }
  return trial.key;
}

async function showModels() {
  const select = byId("try-model");
  if (select.options.length > 0) return;
  const response = await fetch("/v1/models", { headers: { authorization: `Bearer ${await trialKey()}` } });
  const models = response.ok ? (await response.json()).data.map((model) => model.id) : ["gpt-4o-mini"];
  select.replaceChildren(...models.map((model) => element("option", model)));
  if (models.includes("gpt-4o-mini")) select.value = "gpt-4o-mini";
}

let running = null;

async function tryPrompt() {
  const answer = byId("try-answer");
  answer.textContent = "";
  answer.hidden = false;
  byId("try-stop").hidden = false;
  running = new AbortController();
  try {
    const response = await fetch("/v1/chat/completions", {
      method: "POST",
      signal: running.signal,
      headers: { authorization: `Bearer ${await trialKey()}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: byId("try-model").value,
        stream: true,
        max_completion_tokens: 500,
        messages: [{ role: "user", content: byId("try-prompt").value }],
      }),
    });
    if (!response.ok) {
      const document = await response.json().catch(() => ({}));
      throw new Error(document.error?.message ?? "The model could not be reached.");
    }
    await read(response.body.pipeThrough(new TextDecoderStream()).getReader(), answer);
  } finally {
    answer.hidden = answer.textContent === "";
    byId("try-stop").hidden = true;
    running = null;
  }
}

async function read(reader, answer) {
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const data = line.startsWith("data:") ? line.slice(5).trim() : "";
      if (data === "" || data === "[DONE]") continue;
      const chunk = JSON.parse(data);
      if (chunk.error) throw new Error(chunk.error.message);
      answer.textContent += chunk.choices?.[0]?.delta?.content ?? "";
    }
  }
}

when("signin-key", "submit", async () => {
  await call("POST", "/session", { key: byId("signin-key-value").value.trim() });
  byId("signin-key-value").value = "";
  await show();
  byId("balance-title").focus();
});
when("signin-email", "submit", async () => {
  await call("POST", "/session/email", { email: byId("signin-email-value").value });
  say("If this address belongs to a customer, a link is on its way.");
});
when("subscribe", "submit", async () => {
  const plan = document.querySelector("input[name=plan]:checked")?.value;
  const body = { plan, attempt, name: byId("subscribe-name").value, email: byId("subscribe-email").value };
  location.assign((await call("POST", "/checkout/subscribe", body)).document.checkout_url);
});
when("signout", "click", async () => {
  await call("DELETE", "/session");
  trial = null;
  byId("newkey").hidden = true;
  byId("newkey-value").textContent = "";
  byId("try-answer").hidden = true;
  byId("try-answer").textContent = "";
  await show();
  byId("signin-title").focus();
});
when("billing", "click", async () => location.assign((await call("POST", "/billing", {})).document.url));
when("makekey", "submit", async () => {
  const { document } = await call("POST", "/keys", { name: byId("makekey-name").value });
  byId("makekey-name").value = "";
  showKey(document.key);
  await showKeys();
});
when("newkey-copy", "click", async () => {
  await navigator.clipboard.writeText(byId("newkey-value").textContent);
  say("Copied.");
});
when("try", "submit", tryPrompt);
byId("try-stop").addEventListener("click", () => running?.abort());

// Back from the payment page without having paid: the page is as it was left, with its button waiting.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("button:disabled").forEach((button) => (button.disabled = false));
});
addEventListener("hashchange", () => start().catch((error) => say(error.message, true)));
start().catch((error) => say(error.message, true));
