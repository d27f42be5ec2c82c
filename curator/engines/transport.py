"""One POST and its whole answer: a deadline over all of it, no redirects, nothing over 20 MB.

aiohttp rather than openai's own client, which spends 13 times the processor time on a call; the
request's parameters are openai's, and so are the exceptions behind the ones that are raised.
"""

import asyncio
import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from curator.engines.faults import CallError, kind_of, redacted, said, sentence
from curator.engines.patience import retry_after
from curator.engines.roles import Endpoint

if TYPE_CHECKING:
    import aiohttp

MOST_BYTES = 20 * 2**20
#: Statuses of an answer; some say 201 to an uploaded file.
GOOD = (200, 201)
#: Seconds that an idle connection is used again: less than the 5 after which uvicorn (so vLLM and
#: many others) hangs up, or a request would now and then meet a closing door.
KEEP_ALIVE = 4.0
#: Of an error's body no more is read.
ERROR_BYTES = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """The body of a 200, and the seconds that it took."""

    body: bytes
    seconds: float


class Wire:
    """Connections to one endpoint. Lives on the engines' event loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        import aiohttp

        self.endpoint = endpoint
        self._key = endpoint.key()
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        headers["User-Agent"] = "hindsight-curator"
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._proxy = _proxy(endpoint)
        secure = endpoint.base_url.startswith("https:")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, ssl=_certificates() if secure else True, keepalive_timeout=KEEP_ALIVE
            ),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            read_bufsize=2**18,
        )

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """The answer to `body`. Raises `CallError` for everything else."""
        return await self._exchange("POST", path, msgspec.json.encode(body))

    async def get(self, path: str) -> Answer:
        """The answer to a GET. Raises `CallError` for everything else."""
        return await self._exchange("GET", path, None)

    async def upload(self, path: str, lines: bytes) -> Answer:
        """The answer to a file of JSON lines for a batch. Raises `CallError`."""
        import aiohttp

        form = aiohttp.FormData()
        form.add_field("purpose", "batch")
        form.add_field("file", lines, filename="requests.jsonl", content_type="application/jsonl")
        return await self._exchange("POST", path, form)

    async def download(self, path: str, most: int) -> Answer:
        """A file of at most so many bytes. Raises `CallError`."""
        return await self._exchange("GET", path, None, most)

    def redacted(self, text: str) -> str:
        """The text without the key that was sent."""
        return redacted(text, self._key)

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def _exchange(self, method: str, path: str, data: Any, most: int = MOST_BYTES) -> Answer:
        import aiohttp

        url = self.endpoint.base_url + path
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self.endpoint.timeout):
                async with self._session.request(
                    method,
                    url,
                    data=data,
                    headers={"Content-Type": "application/json"}
                    if isinstance(data, bytes)
                    else None,
                    allow_redirects=False,
                    proxy=self._proxy,
                ) as response:
                    whole = await self._read(response, most)
                    if response.status not in GOOD:
                        raise self._refused(response, whole)
                    return Answer(whole, time.perf_counter() - started)
        except TimeoutError:
            raise self.fault("timeout", f"{self.endpoint.timeout:g} s") from None
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            raise self.fault("tls", str(error)) from None
        except (aiohttp.ClientConnectorError, aiohttp.ClientProxyConnectionError) as error:
            raise self.fault("unreachable", _reason(error)) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Something was sent; whether it was answered (and billed) cannot be known.
            raise self.fault("cut", _reason(error)) from None

    async def _read(self, response: "aiohttp.ClientResponse", most: int) -> bytes:
        limit = most if response.status in GOOD else ERROR_BYTES
        declared = response.content_length
        if declared is not None and declared > limit and response.status in GOOD:
            raise self.fault("too_big", f"{declared:,} bytes")
        chunks, size = [], 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            chunks.append(chunk)
            if size > limit:
                if response.status in GOOD:
                    raise self.fault("too_big", f"over {limit:,} bytes")
                break
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _refused(self, response: "aiohttp.ClientResponse", body: bytes) -> CallError:
        text = body.decode("utf-8", "replace")
        kind = kind_of(response.status, text)
        detail = said(body)
        if kind == "redirect":
            detail = response.headers.get("Location", "")
        error = self.fault(kind, f"{response.status}: {detail}" if detail else str(response.status))
        error.status = response.status
        error.raw = self.redacted(text[:20_000])
        error.retry_after = retry_after(response.headers)
        return error

    def fault(self, kind: str, detail: str) -> CallError:
        """A fault of this endpoint, in one sentence, without the key."""
        endpoint = self.endpoint
        clean = self.redacted(detail)
        where = f"{endpoint.base_url} ({endpoint.model})" if endpoint.model else endpoint.base_url
        return CallError(kind, sentence(kind, where, clean, endpoint.api_key_env), detail=clean)


def _proxy(endpoint: Endpoint) -> str | None:
    """The environment's proxy for this endpoint, but never between this machine and itself.

    Not aiohttp's own `trust_env`, which also sends passwords out of ~/.netrc."""
    from urllib.request import getproxies, proxy_bypass

    if endpoint.loopback or proxy_bypass(endpoint.host):
        return None
    return getproxies().get(endpoint.base_url.partition(":")[0])


def _certificates() -> ssl.SSLContext:
    """The bundle that openai's client uses too; SSL_CERT_FILE of the environment wins."""
    import certifi

    if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context()
    return ssl.create_default_context(cafile=certifi.where())


def _reason(error: BaseException) -> str:
    cause = getattr(error, "os_error", error)
    number = getattr(cause, "errno", None)
    # Name resolution has numbers of its own, below zero.
    if isinstance(number, int) and number > 0:
        return os.strerror(number)
    return str(getattr(cause, "strerror", None) or cause) or type(error).__name__
