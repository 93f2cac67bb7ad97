"""Prints what the programs reported as a table, scenario by language, and exits 0 only when everything passed.

Usage: table.py FOLDER LANGUAGE...   reads FOLDER/LANGUAGE.jsonl
"""

import json
import sys
from pathlib import Path

EVERY = ("python", "node", "go")
SCENARIOS = {
    "chat": EVERY,
    "stream": EVERY,
    "stream with usage": EVERY,
    "tools, two choices": EVERY,
    "models": EVERY,
    "wrong key": EVERY,
    "unknown path": EVERY,
    "unknown model": EVERY,
    "async": ("python",),
    "abort, then call": EVERY,
    "20 parallel calls": EVERY,
    "no credits": EVERY,
}


def read(file):
    """What one program reported, by scenario. A line that is not a report is a failure of its own."""
    reports = {}
    for line in file.read_text().splitlines():
        try:
            report = json.loads(line)
            reports[report["scenario"]] = (report["ok"] is True, report["detail"])
        except (ValueError, KeyError, TypeError):
            reports[line[:40]] = (False, "not a report")
    return reports


def judge(scenario, language, reports):
    """Whether the cell passed and why, or None where the language has no such scenario."""
    if scenario not in SCENARIOS:
        return (False, "not listed in table.py") if scenario in reports else None
    if language not in SCENARIOS[scenario]:
        return None
    return reports.get(scenario, (False, "the program did not report it"))


def show(scenarios, languages, verdicts):
    width = max(map(len, scenarios))
    print(f"{'':{width}}", *(f"{language:8}" for language in languages), sep="  ")
    for scenario in scenarios:
        cells = [verdicts[scenario, language] for language in languages]
        words = ["-" if cell is None else "pass" if cell[0] else "FAIL" for cell in cells]
        print(f"{scenario:{width}}", *(f"{word:8}" for word in words), sep="  ")


def main(folder, languages):
    reports = {language: read(Path(folder, language + ".jsonl")) for language in languages}
    scenarios = list(dict.fromkeys([*SCENARIOS, *(name for one in reports.values() for name in one)]))
    verdicts = {
        (scenario, language): judge(scenario, language, reports[language])
        for scenario in scenarios
        for language in languages
    }
    show(scenarios, languages, verdicts)
    failures = [(*place, cell[1]) for place, cell in verdicts.items() if cell is not None and not cell[0]]
    print()
    for scenario, language, reason in failures:
        print(f"FAIL  {scenario}, {language}: {reason}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
