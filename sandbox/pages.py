"""Responses of firewalls, proxies, login pages and API gateways in a server's place.

Ordered as a fault: `{"path": "/v1/images", "action": "page", "page": "cloudflare 1010"}`. Each has
the format of the product it is named after, with a shortened text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One response."""

    status: int
    body: str = ""
    kind: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def _html(title: str, words: str = "") -> str:
    head = f"<head><title>{title}</title></head>"
    return f"<!DOCTYPE html>\n<html>\n{head}\n<body>\n<h1>{title}</h1>\n{words}\n</body>\n</html>\n"


def _nginx(status: int, title: str) -> Page:
    body = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {title}</h1></center>\r\n<hr><center>nginx</center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return Page(status=status, body=body, headers={"Server": "nginx"})


def _json(status: int, body: object, **headers: str) -> Page:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(status=status, body=json.dumps(body), kind=JSON, headers=named)


CLOUDFLARE = {"Server": "cloudflare", "CF-RAY": "8f0c1d2e3a4b5c6d-FRA"}
_DOCS = "https://developers.cloudflare.com/support/troubleshooting/http-status-codes"

PAGES: Mapping[str, Page] = {
    "cloudflare 1010": Page(status=403, body="error code: 1010", kind=PLAIN, headers=CLOUDFLARE),
    "cloudflare 1010, json": Page(
        status=403,
        kind=JSON,
        headers=CLOUDFLARE,
        body=json.dumps(
            {
                "type": f"{_DOCS}/cloudflare-1xxx-errors/error-1010/",
                "title": "Error 1010: Access denied",
                "status": 403,
                "detail": "The signature of this client is blocked.",
                "instance": "8f0c1d2e3a4b5c6d",
                "error_code": 1010,
                "error_name": "browser_signature_banned",
                "retryable": False,
            }
        ),
    ),
    "cloudflare 1015": Page(
        status=429,
        body="error code: 1015",
        kind=PLAIN,
        headers={**CLOUDFLARE, "Retry-After": "30"},
    ),
    "cloudflare challenge": Page(
        status=403,
        body=_html("Just a moment...", "<div id='challenge-error-text'>Enable JavaScript</div>"),
        headers={**CLOUDFLARE, "cf-mitigated": "challenge"},
    ),
    "cloudflare challenge, 503": Page(
        status=503, body=_html("Just a moment..."), headers=CLOUDFLARE
    ),
    "cloudflare 520": Page(status=520, body="error code: 520", kind=PLAIN, headers=CLOUDFLARE),
    "cloudflare 522": Page(
        status=522, body=_html("host | 522: Connection timed out"), headers=CLOUDFLARE
    ),
    "cloudflare 530": Page(status=530, body="error code: 1033", kind=PLAIN, headers=CLOUDFLARE),
    "nginx 401": _nginx(401, "Authorization Required"),
    "nginx 402": _nginx(402, "Payment Required"),
    "nginx 403": _nginx(403, "Forbidden"),
    "nginx 404": _nginx(404, "Not Found"),
    "nginx 405": _nginx(405, "Not Allowed"),
    "nginx 413": _nginx(413, "Request Entity Too Large"),
    "nginx 429": _nginx(429, "Too Many Requests"),
    "nginx 502": _nginx(502, "Bad Gateway"),
    "nginx 504": _nginx(504, "Gateway Time-out"),
    "caddy, nothing": Page(status=403, headers={"Server": "Caddy"}),
    "empty 401": Page(status=401),
    "empty 402": Page(status=402),
    "empty 413": Page(status=413),
    "traefik 404": Page(status=404, body="404 page not found\n", kind=PLAIN),
    "envoy 403": Page(status=403, body="RBAC: access denied", kind=PLAIN),
    "aws waf": Page(
        status=403,
        body="<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n"
        "<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n",
        headers={"Server": "awselb/2.0"},
    ),
    "aws api gateway": _json(403, {"message": "Forbidden"}, x_amzn_ErrorType="ForbiddenException"),
    "aws api gateway, path": _json(403, {"message": "Missing Authentication Token"}),
    "aws api gateway, rate": _json(429, {"message": "Limit Exceeded"}),
    "aws api gateway, size": _json(413, {"message": "Request Too Long"}),
    "azure api management": _json(
        401, {"statusCode": 401, "message": "Access denied due to missing subscription key."}
    ),
    "azure api management, quota": _json(
        403, {"statusCode": 403, "message": "Out of call volume quota."}
    ),
    "google endpoints": _json(401, {"code": 16, "message": "Jwt is missing", "details": []}),
    "google api": _json(
        403, {"error": {"code": 403, "message": "Denied.", "status": "PERMISSION_DENIED"}}
    ),
    "kong": _json(401, {"message": "No API key found in request", "request_id": "4b2f"}),
    "kong, rate": _json(429, {"message": "API rate limit exceeded"}),
    "apisix": _json(403, {"error_msg": "Your IP address is not allowed"}),
    "spring gateway": _json(
        403, {"timestamp": "2026-12-01", "status": 403, "error": "Forbidden", "path": "/v1"}
    ),
    "fastapi": _json(401, {"detail": "Not authenticated"}),
    "code that echoes HTTP": _json(403, {"code": 403, "message": "Forbidden"}),
    "aliyun waf": Page(
        status=405,
        body='<!doctypehtml><html lang="zh-cn"><meta charset="utf-8"><title>405</title>'
        '<body><div id="block_message"></div><div id="traceid"></div></html>',
        headers={"Server": "Tengine"},
    ),
    "tencent waf": Page(
        status=403, body="<html><head><title>WAF</title></head><body>腾讯云</body></html>"
    ),
    "edgeone": Page(status=567, body=_html("Restricted Access"), headers={"Server": "EdgeOne"}),
    "incapsula": Page(
        status=403,
        body='<html><body><iframe src="/_Incapsula_Resource?CWUDNSAI=1"></iframe></body></html>',
    ),
    "akamai": Page(
        status=403,
        body=_html("Access Denied", "Reference #18.2"),
        headers={"Server": "AkamaiGHost"},
    ),
    "squid": Page(
        status=403,
        body=_html("ERROR: The requested URL could not be retrieved"),
        headers={"Server": "squid/6.6", "X-Squid-Error": "ERR_ACCESS_DENIED 0"},
    ),
    "proxy authentication": Page(
        status=407,
        body=_html("Proxy Authentication Required"),
        headers={"Proxy-Authenticate": 'Basic realm="corp"'},
    ),
    "zscaler": Page(
        status=403, body=_html("Internet Security by Zscaler", "Not allowed to browse")
    ),
    "censorship": Page(status=451, body=_html("Unavailable For Legal Reasons")),
    "login page, 200": Page(status=200, body=_html("Sign in", '<form action="/login"></form>')),
    "web app, 200": Page(status=200, body='<!doctype html><div id="root"></div>'),
    "plain words, 200": Page(status=200, body="Welcome to the guest network", kind=PLAIN),
    "captive portal, json": _json(200, {"captive": True, "user-portal-url": "https://portal.lan/"}),
    "captive portal, 511": Page(
        status=511, body=_html("Network Authentication Required", "<a href='/login'>Log in</a>")
    ),
    "login redirect": Page(status=302, headers={"Location": "https://login.corp.example/sso"}),
    "moved for good": Page(status=308, headers={"Location": "https://elsewhere.example/"}),
}
