"""Runs the programs of the SDKs directly against the sandbox and through a Tollgate, and compares what both saw.

Usage: matrix.py FOLDER LANGUAGE=COMMAND...   where COMMAND is a JSON list
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import table
from services import CountingRelay, Sandbox, Tollgate

PROGRAM_SECONDS = 180
CREDITS = {"": 1_000_000, "_broken": 100_000, "_poor": 2_000, "_held": 3_000, "_limited": 10_000}


def reports(command, url, key, more=None, scenarios=()):
    """What the program reported, by scenario: whether it passed, and what its user saw."""
    # Nothing but these variables leads the program anywhere.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": key, **(more or {})}
    try:
        told = subprocess.run(
            [*command, *scenarios], env=environment, capture_output=True, text=True, timeout=PROGRAM_SECONDS
        )
    except subprocess.TimeoutExpired as late:
        return {"the program": (False, f"still ran after {PROGRAM_SECONDS} s: {str(late.stdout)[-500:]}")}
    found = {}
    for line in told.stdout.splitlines():
        try:
            report = json.loads(line)
            found[report["scenario"]] = (report["ok"] is True, report["detail"])
        except (ValueError, KeyError, TypeError):
            found[line[:40]] = (False, "not a report")
    if told.returncode != 0:
        found["the program"] = (False, f"ended with {told.returncode}: {told.stderr[-500:]}")
    return found


def keep_alive(command, url, key):
    relay = CountingRelay(url)
    found = reports(command, relay.url, key, scenarios=("keep-alive",))
    relay.close()
    passed, detail = found.get("keep-alive", (False, f"the program did not report it: {found}"))
    # Node's fetch may open a second connection while the first one is being given back.
    kept = relay.connections in (1, 2)
    return {"keep-alive": (passed and kept, detail if kept else f"{detail}, {relay.connections} connections")}


def check(language, command, url, key, more=None):
    print(f"{language} at {url} …", file=sys.stderr, flush=True)
    return {**reports(command, url, key, more), **keep_alive(command, url, key)}


def direct(folder, commands):
    sandbox = Sandbox(folder / "direct.log")
    try:
        return {
            language: check(language, command, sandbox.openai_url, sandbox.OPENAI_KEY)
            for language, command in commands.items()
        }
    finally:
        sandbox.stop()


def through(folder, commands):
    """What the programs saw, and what the three books say about it."""
    sandbox = Sandbox(folder / "sandbox.log")
    tollgate = None
    journal = folder / "journal"
    shutil.rmtree(journal, ignore_errors=True)
    try:
        for language in commands:
            for kind, credits in CREDITS.items():
                sandbox.customer(f"cus_{language}{kind}", credits)
        tollgate = Tollgate(folder / "tollgate.log", sandbox, journal)
        seen = {}
        for language, command in commands.items():
            key = f"sk-check-{language}"
            more = {"POOR_KEY": key + "-poor", "HELD_KEY": key + "-held", "LIMITED_KEY": key + "-limited", "BROKEN_KEY": key + "-broken"}
            seen[language] = check(language, command, tollgate.url, key, more)
        books = billed(sandbox, tollgate)
        return seen, books, tollgate.stop()
    finally:
        if tollgate is not None:
            tollgate.stop()
        sandbox.stop()


def billed(sandbox, tollgate):
    """Generated, journalled and ingested, once all running requests have ended and every event was accepted."""
    for _ in range(10):
        totals = sandbox.read("/totals")
        usage = tollgate.usage()
        idle = totals["openai"]["open_requests"] == 0
        if idle and totals["dodo"]["ingested_tokens"] == sum(row["units"] for row in usage.values()):
            break
        time.sleep(1)
    return {
        "generations": sandbox.read("/generations")["items"],
        "usage": usage,
        "ingested": {
            customer: row["ingested_tokens"] for customer, row in totals["dodo"]["customers"].items()
        },
    }


def main(folder, commands):
    seen_directly = direct(folder, commands)
    seen, books, clean = through(folder, commands)
    (folder / "seen.json").write_text(json.dumps({"direct": seen_directly, "through": seen, "books": books}, indent=1))
    passed = table.show_scenarios(seen_directly, seen)
    passed = table.show_books(list(commands), books) and passed
    if not clean:
        print("FAIL  Tollgate did not end by itself after SIGTERM")
    return 0 if passed and clean else 1


if __name__ == "__main__":
    sys.exit(
        main(
            Path(sys.argv[1]).resolve(),
            {language: json.loads(command) for language, command in (one.split("=", 1) for one in sys.argv[2:])},
        )
    )
