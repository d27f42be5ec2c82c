"""The files and batches of a provider, as a script for the lying server.

A batch is worked off look by look: each time it is asked for, `pace` more of its requests are
done. `answer` says what each request gets; what it says is also what is billed.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.lies import Lie, Seen, fails, honest, sends

_FILE = re.compile(rb'filename="[^"]*"[^\r]*(?:\r\n[^\r]+)*\r\n\r\n(.*?)\r\n--', re.S)


class Provider:
    """`provider` is the script. `paid` counts, by custom id, what was answered and billed."""

    def __init__(
        self, answer: Callable[[Seen], Lie] = honest, *, pace: int = 10**6, ends: str = "completed"
    ) -> None:
        self.answer, self.pace, self.ends = answer, pace, ends
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.paid: Counter[str] = Counter()
        self.looks = 0
        #: No batch goes on, nor ends, while this holds.
        self.holds = False
        #: Lies for the next creations, told after the batch was made.
        self.afterwards: list[Lie] = []

    def __call__(self, seen: Seen) -> Lie:
        path = seen.path.partition("/v1")[2].partition("?")[0]
        if path == "/files":
            return sends(self._file(_content(seen.raw)))
        if path == "/batches" and seen.method == "POST":
            made = self._made(seen.body["input_file_id"])
            return self.afterwards.pop() if self.afterwards else sends(made)
        if path == "/batches":
            return sends({"object": "list", "data": list(self.batches.values())})
        if path.startswith("/batches/"):
            return self._look(path.split("/")[2])
        if path.startswith("/files/"):
            body = self.files.get(path.split("/")[2])
            return fails(404, "no such file") if body is None else sends(body)
        return self.answer(seen)

    def _file(self, content: bytes) -> dict[str, Any]:
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return {"id": name, "object": "file", "bytes": len(content), "purpose": "batch"}

    def _made(self, file: str) -> dict[str, Any]:
        count = self.files[file].count(b"\n")
        batch = {
            "id": f"batch_{len(self.batches) + 1}", "object": "batch", "status": "in_progress",
            "input_file_id": file, "output_file_id": None, "error_file_id": None,
            "request_counts": {"total": count, "completed": 0, "failed": 0},
        }  # fmt: skip
        self.batches[batch["id"]] = batch
        return batch

    def _look(self, name: str) -> Lie:
        self.looks += 1
        if name not in self.batches:
            return fails(404, "no such batch")
        batch = self.batches[name]
        if batch["status"] == "in_progress" and not self.holds:
            counts = batch["request_counts"]
            counts["completed"] = min(counts["total"], counts["completed"] + self.pace)
            if counts["completed"] == counts["total"] or self.ends != "completed":
                self._end(batch)
        return sends(batch)

    def _end(self, batch: dict[str, Any]) -> None:
        batch["status"] = self.ends
        if self.ends == "failed":
            batch["errors"] = {"data": [{"code": "bad", "message": "this file will not do"}]}
            return
        good, bad = [], []
        for number, line in enumerate(self.files[batch["input_file_id"]].splitlines()):
            asked = json.loads(line)
            if self.ends == "expired" and number >= self.pace:
                told = {"code": "batch_expired", "message": "not executed in time"}
                bad.append({"custom_id": asked["custom_id"], "response": None, "error": told})
                continue
            lie = self.answer(
                Seen(number, "POST", asked["url"], {}, json.dumps(asked["body"]).encode())
            )
            response = {"status_code": lie.status, "body": json.loads(lie.body or b"null")}
            self.paid[asked["custom_id"]] += lie.billed
            (good if lie.status == 200 else bad).append(
                {"custom_id": asked["custom_id"], "response": response, "error": None}
            )
        for kind, lines in (("output_file_id", good), ("error_file_id", bad)):
            if lines:
                # The order of the answers is not that of the requests.
                text = "".join(json.dumps(line) + "\n" for line in reversed(lines))
                batch[kind] = self._file(text.encode())["id"]


def _content(form: bytes) -> bytes:
    found = _FILE.search(form)
    assert found, form[:500]
    return found.group(1)
