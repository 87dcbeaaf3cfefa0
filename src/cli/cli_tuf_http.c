/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark tuf`'s requests: a base URL taken apart once, then one GET after the other over host/net's client. */
#include "cli/cli_tuf_http.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/banned.h"

static rc bad(const char *url, const char *why, struct err *e)
{
	return err_set(e, ERR_INPUT, "%.200s: %s", url, why);
}

/* ":PORT" or nothing. */
static bool port_of(const char *text, size_t n, uint16_t *ret)
{
	char digits[6] = "";
	if (n == 0) {
		*ret = 80;
		return true;
	}
	if (text[0] != ':' || n < 2 || n > sizeof digits || strspn(text + 1, "0123456789") < n - 1)
		return false;
	memcpy(digits, text + 1, n - 1);
	long port = strtol(digits, NULL, 10);
	*ret = (uint16_t)port;
	return port > 0 && port <= UINT16_MAX;
}

rc cli_tuf_http_parse(const char *url, struct cli_tuf_http *ret, struct err *e)
{
	static const char scheme[] = "http://";
	struct cli_tuf_http h = {0};
	if (strncmp(url, scheme, sizeof scheme - 1) != 0)
		return bad(url, "only http:// is offered; what is fetched is signed, so it needs no TLS", e);
	const char *at = url + sizeof scheme - 1;
	bool v6 = *at == '[';
	size_t n = strcspn(at += v6, v6 ? "]/?#" : ":/?#@");
	if (n == 0 || n >= sizeof h.host || (v6 && at[n] != ']'))
		return bad(url, "no usable host name", e);
	memcpy(h.host, at, n);
	at += n + v6;
	n = strcspn(at, "/?#");
	if (!port_of(at, n, &h.port))
		return bad(url, "no usable port", e);
	at += n;
	if (strpbrk(at, "?#"))
		return bad(url, "a query or fragment has no place in a base URL", e);
	n = strlen(at);
	if (n + 2 > sizeof h.path)
		return bad(url, "too long", e);
	(void)snprintf(h.path, sizeof h.path, "%s%s", at, n && at[n - 1] == '/' ? "" : "/");
	*ret = h;
	return RC_OK;
}

void cli_tuf_http_done(struct cli_tuf_http *h)
{
	http_client_free(h->client);
	h->client = NULL;
}

static rc judge_status(int status, const char *path, struct err *e)
{
	if (status == 200)
		return RC_OK;
	if (status == 404)
		return err_set(e, ERR_MISSING, "%s: not on the server", path);
	if (status / 100 == 3)
		return err_set(e, ERR_NETWORK, "%s: HTTP status %d; redirects are not followed", path, status);
	return err_set(e, ERR_NETWORK, "%s: HTTP status %d", path, status);
}

rc cli_tuf_http_get(struct cli_tuf_http *h, const struct cli_tuf_request *req, struct http_answer *ret, struct err *e)
{
	char path[HTTP_TARGET_MAX];
	const struct http_client_config config = {.host = h->host, .port = h->port};
	const struct http_call call = {.path = path,
				       .body_max = req->max,
				       .deadline_ms = req->deadline_ms,
				       .sink = req->sink,
				       .sink_ctx = req->ctx};
	if ((size_t)snprintf(path, sizeof path, "%s%s", h->path, req->name) >= sizeof path)
		return err_set(e, ERR_LIMIT, "%.80s...: the path is too long", req->name);
	rc r = h->client ? RC_OK : http_client_open(&config, &h->client, e);
	if (rc_ok(r))
		r = http_client_call(h->client, &call, ret, e);
	return rc_ok(r) ? judge_status(ret->status, path, e) : r;
}
