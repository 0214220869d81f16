# SPDX-License-Identifier: MIT
"""Builders of answers, as bytes: right ones, and ranges with lies in them."""

import email.utils
import json
import re
from urllib.parse import quote

from steps import Close, PartRecord, Send

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
CSV_DATE = "Fri, 02 Apr 2021 13:44:37 GMT"


def head(status="200 OK", headers=None, version="HTTP/1.1"):
    """A status line and field lines; `headers` is a dict or a list of pairs, None as value leaves one out."""
    pairs = headers.items() if isinstance(headers, dict) else headers or ()
    lines = [f"{version} {status}"] + [f"{name}: {value}" for name, value in pairs if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def ok(body=b"", headers=None, status="200 OK", version="HTTP/1.1", length=True):
    """A whole answer; `length` is True (the real one), False (none) or a number that may be wrong."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers or ())
    if length is not False:
        pairs.append(("Content-Length", len(body) if length is True else length))
    return head(status, pairs, version) + body


def error(status, body=b"", headers=None):
    """A whole answer with another status, such as "503 Service Unavailable"."""
    return ok(body, headers, status)


def unauthorized(realm="Flux Vision", body=b"<html>401</html>"):
    """The answer to wrong credentials."""
    return error("401 Unauthorized", body, {**HTML, "WWW-Authenticate": f'Basic realm="{realm}"'})


def redirect(location, status="302 Found", headers=None):
    """A redirect."""
    return error(status, b"", {"Location": location, **(headers or {})})


def interim(status="103 Early Hints", headers=None):
    """An interim answer, to be put before the final one: 100 Continue, 102 Processing, 103 Early Hints."""
    return head(status, headers)


def chunks(body, sizes=(4096,), extension="", trailers=None, end=True):
    """`body` in the chunked coding: `sizes` in turn, the last repeats; without `end` the last chunk is missing."""
    out, start, turn = bytearray(), 0, 0
    while start < len(body):
        piece = body[start:start + sizes[min(turn, len(sizes) - 1)]]
        out += f"{len(piece):x}{extension}\r\n".encode() + piece + b"\r\n"
        start, turn = start + len(piece), turn + 1
    if end:
        pairs = trailers.items() if isinstance(trailers, dict) else trailers or ()
        out += b"0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs).encode() + b"\r\n"
    return bytes(out)


def chunked(body, sizes=(4096,), trailers=None, headers=None, status="200 OK", extension="", end=True):
    """A whole answer with a chunked body."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers or ())
    return head(status, pairs + [("Transfer-Encoding", "chunked")]) + chunks(body, sizes, extension, trailers, end)


def until_close(body, headers=None, notify=True, version="HTTP/1.1"):
    """Steps: an answer that ends with its connection; without `notify` it cannot be told from a truncated one."""
    return [Send(head("200 OK", headers, version) + body), Close(notify)]


def cut(answer, after, end=None, partial_record=False):
    """Steps: `answer` (bytes) up to `after` bytes of its body, then `end` (default: Close without close_notify)."""
    stop = answer.index(b"\r\n\r\n") + 4 + after
    steps = [Send(answer[:stop])]
    if partial_record:
        steps.append(PartRecord(answer[stop:stop + 1000], 20))
    return steps + [end or Close(notify=False)]


def entry(file_name="f1", org="HAUC", study="HAUC-3", delivery="HAUC-3-2", segment=None, url=None,
          modified="2021-04-02T15:44:37.293849+02:00", **fields):
    """An entry of a listing; its url has "{host}" for the portal unless given; `fields` add or, being ..., remove."""
    path = "/".join(quote(part) for part in (org, study, delivery, segment or file_name))
    result = {"orga_code_ref": org, "study_code_ref": study, "delivery_code_ref": delivery, "file_name": file_name,
              "file_last_modified_date": modified, "url": url or f"http://{{host}}/api_file/v1/{path}", **fields}
    return {name: value for name, value in result.items() if value is not ...}


def listing(entries, host="", **dumps):
    """The JSON of entries, with their {host} filled in; `dumps` go to json.dumps."""
    filled = [{**item, "url": item["url"].replace("{host}", host)} if isinstance(item.get("url"), str) else item
              for item in entries]
    dumps.setdefault("ensure_ascii", False)
    return json.dumps(filled, **dumps).encode("utf-8", "surrogatepass")


def html_login_page(status="200 OK"):
    """What a captive portal or an expired session shows instead of the listing."""
    return ok(b"<!DOCTYPE html>\n<html><head><title>Connexion</title></head><body><form action=\"/login\" "
              b"method=\"post\"><input name=\"user\"><input name=\"password\" type=\"password\"></form></body>"
              b"</html>\n",
              HTML, status)


def parse_range(value, total):
    """(first, last) of a single byte range; None: to be ignored; ... : not satisfiable."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", (value or "").replace(" ", ""))
    if not match or match[0] == "bytes=-":
        return None
    if not match[1]:
        first, last = max(0, total - int(match[2])), total - 1
    else:
        first, last = int(match[1]), min(int(match[2] or total - 1), total - 1)
        if match[2] and int(match[2]) < first:
            return None
    return (first, last) if first < total and first <= last else ...


def ranged_file(content, etag='"v1"', last_modified=CSV_DATE, headers=None, *, ignore_range=False,
                ignore_if_range=False, wrong_start=0, wrong_total=0, unknown_total=False, other_etag=None,
                other_last_modified=None, weak_etag=False, always_416=False, multipart=False, short=0, long=0,
                no_content_range=False, no_length=False, as_chunks=False, status_206="206 Partial Content"):
    """A behaviour: a file that understands Range and If-Range, and lies where told to. None for etag or
    last_modified leaves them out. The lies concern the answer to a Range request only, except short and long:

    ignore_range         200 and all of it               ignore_if_range    206 though the validator differs
    wrong_start=N        body and Content-Range start N bytes off     wrong_total=N    total in Content-Range off by N
    unknown_total        `*` as total                    other_etag, other_last_modified    those of another version
    weak_etag            W/ before the ETag, always      always_416         range not satisfiable
    multipart            multipart/byteranges            no_content_range   206 without Content-Range
    short=N, long=N      N bytes fewer, more than Content-Length says (fewer: then closed)
    no_length            no Content-Length, ends with the connection
    as_chunks            chunked
    """
    tag = f"W/{etag}" if weak_etag and etag else etag
    total = len(content)

    def answer(status, body, fields):
        fields = [("Content-Type", "application/octet-stream"), ("Accept-Ranges", "bytes"), *fields,
                  *(headers or {}).items()]
        if as_chunks:
            return chunked(body, headers=fields, status=status)
        if no_length:
            return [ok(body, fields, status, length=False), Close()]
        if short:
            return [ok(body[:max(0, len(body) - short)], fields, status, length=len(body)), Close()]
        return ok(body + b"X" * long, fields, status, length=len(body))

    def validates(request):
        wanted = request.headers.get("if-range")
        if wanted is None or ignore_if_range:
            return True
        if wanted.startswith(('"', "W/")):
            return wanted == tag and not wanted.startswith("W/")
        return last_modified is not None and wanted == last_modified

    def behave(request):
        whole = [("ETag", tag), ("Last-Modified", last_modified)]
        wanted = parse_range(request.headers.get("range"), total)
        if wanted is None or ignore_range or not validates(request):
            return answer("200 OK", content, whole)
        part = [("ETag", other_etag or tag), ("Last-Modified", other_last_modified or last_modified)]
        if wanted is ... or always_416:
            return error("416 Range Not Satisfiable", b"", [("Content-Range", f"bytes */{total}")])
        first, last = wanted
        if wrong_start:
            first = min(max(0, first + wrong_start), last)
        body = content[first:last + 1]
        shown = f"bytes {first}-{last}/{'*' if unknown_total else total + wrong_total}"
        if multipart:
            body = (f"--sep\r\nContent-Type: application/octet-stream\r\nContent-Range: {shown}\r\n\r\n".encode()
                    + body + b"\r\n--sep--\r\n")
            return ok(body, [*part, ("Content-Type", "multipart/byteranges; boundary=sep")], status_206)
        if not no_content_range:
            part.append(("Content-Range", shown))
        return answer(status_206, body, part)

    return behave


def http_date(mtime_us):
    """The HTTP form of microseconds since 1970."""
    return email.utils.formatdate(mtime_us // 1000000, usegmt=True)
