/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict HTTP/1.1 codec: message heads, form fields, path segments. Pure: bytes in, values or a refusal out. Where
 * RFC 9112 lets a recipient be lenient, this is not: two readers that disagree about where a message ends are how
 * requests are smuggled. Bodies in chunks are http_chunks.c's; deadlines and sockets are the server's and client's.
 */
#include "host/net/http.h"

#include <strings.h>

#include "core/base/names.h"
#include "core/codec/hex.h"
#include "core/base/banned.h"

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_DELETE] = "DELETE",
};

static const struct {
	int status;
	const char *text;
} status_texts[] = {
	{100, "Continue"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{206, "Partial Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	{507, "Insufficient Storage"},
};

const char *http_method_name(enum http_method m)
{
	return (unsigned)m < HTTP_METHOD_COUNT ? method_names[m] : "?";
}

const char *http_status_text(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(status_texts); i++)
		if (status_texts[i].status == status)
			return status_texts[i].text;
	return "Status"; /* the phrase means nothing to a program (RFC 9112 4) */
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110 5.6.2 */
static bool is_token_char(char c)
{
	return is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct http_text t)
{
	for (size_t i = 0; i < t.n; i++)
		if (!is_token_char(t.p[i]))
			return false;
	return t.n > 0;
}

/* Visible characters, space and tab between them, and bytes above ASCII; never a control character. */
static bool is_field_value(struct http_text t)
{
	for (size_t i = 0; i < t.n; i++) {
		unsigned char c = (unsigned char)t.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool text_is_nocase(struct http_text t, const char *literal)
{
	return t.n == strlen(literal) && strncasecmp(t.p, literal, t.n) == 0;
}

bool http_text_is(struct http_text t, const char *literal)
{
	return t.n == strlen(literal) && memcmp(t.p, literal, t.n) == 0;
}

bool http_text_copy(struct http_text t, char *out, size_t size)
{
	if (t.n >= size || (t.n && memchr(t.p, 0, t.n)))
		return false;
	if (t.n)
		memcpy(out, t.p, t.n);
	out[t.n] = 0;
	return true;
}

const struct http_text *http_header(const struct http_head *h, const char *name)
{
	for (size_t i = 0; i < h->headers_n; i++)
		if (text_is_nocase(h->headers[i].name, name))
			return &h->headers[i].value;
	return NULL;
}

/*
 * Length of the head with its empty line. 0: not there yet, *ret_broken tells whether it can still come right. A line
 * feed without its carriage return, a carriage return without its line feed and a NUL end it at once.
 */
static size_t head_length(struct bytes in, bool *ret_broken)
{
	size_t line = 0; /* where the current line starts */
	size_t upto = in.n < HTTP_HEAD_MAX ? in.n : HTTP_HEAD_MAX;
	*ret_broken = true;
	for (size_t i = 0; i < upto; i++) {
		uint8_t c = in.p[i];
		if (c == 0 || (c != '\n' && i > line && in.p[i - 1] == '\r'))
			return 0;
		if (c != '\n')
			continue;
		if (i == line || in.p[i - 1] != '\r')
			return 0;
		if (i == line + 1)
			return i + 1;
		line = i + 1;
	}
	*ret_broken = false;
	return 0;
}

/* The next line of a complete head, without its CRLF. */
static struct http_text take_line(const char **at)
{
	const char *end = *at;
	while (*end != '\r')
		end++;
	struct http_text line = {*at, (size_t)(end - *at)};
	*at = end + 2;
	return line;
}

/* Cut `t` at the first `c`: the part before it, the rest in *t. False if there is none. */
static bool cut(struct http_text *t, char c, struct http_text *ret)
{
	const char *at = t->n ? memchr(t->p, c, t->n) : NULL;
	if (!at)
		return false;
	*ret = (struct http_text){t->p, (size_t)(at - t->p)};
	*t = (struct http_text){at + 1, t->n - ret->n - 1};
	return true;
}

static struct http_text trim(struct http_text t)
{
	while (t.n && (t.p[0] == ' ' || t.p[0] == '\t'))
		t.p++, t.n--;
	while (t.n && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t'))
		t.n--;
	return t;
}

/* RFC 9110 8.6: digits, nothing else. 400 for other text, 413 for a number no one could mean; 0 if good. */
static int read_length(struct http_text t, uint64_t *ret)
{
	uint64_t v = 0;
	if (t.n == 0)
		return 400;
	for (size_t i = 0; i < t.n; i++)
		if (!is_digit(t.p[i]))
			return 400;
	if (t.n > 18)
		return 413;
	for (size_t i = 0; i < t.n; i++)
		v = v * 10 + (uint64_t)(t.p[i] - '0');
	*ret = v;
	return 0;
}

/* The list of Connection: "close" ends, anything else does not matter to us. */
static bool list_has(struct http_text list, const char *word)
{
	for (;;) {
		struct http_text item;
		bool more = cut(&list, ',', &item);
		if (text_is_nocase(trim(more ? item : list), word))
			return true;
		if (!more)
			return false;
	}
}

/* Header lines up to the empty one. 0, or the status to refuse with. */
static int read_headers(const char *at, struct http_head *h)
{
	for (;;) {
		struct http_text line = take_line(&at), name;
		if (line.n == 0)
			return 0;
		if (h->headers_n == HTTP_HEADERS_MAX)
			return 431;
		/* A folded line or a space before the colon leaves a name that is no token. */
		if (!cut(&line, ':', &name) || !is_token(name))
			return 400;
		struct http_text value = trim(line);
		if (!is_field_value(value))
			return 400;
		h->headers[h->headers_n++] = (struct http_header){name, value};
	}
}

/* What the headers say about where the message ends. 0, or the status to refuse with. */
static int read_framing(struct http_head *h)
{
	for (size_t i = 0; i < h->headers_n; i++) {
		const struct http_header *f = &h->headers[i];
		if (text_is_nocase(f->name, "content-length")) {
			if (h->has_length)
				return 400; /* two lengths, even if equal */
			int bad = read_length(f->value, &h->length);
			if (bad)
				return bad;
			h->has_length = true;
		} else if (text_is_nocase(f->name, "transfer-encoding")) {
			if (h->chunked)
				return 400;
			h->chunked = true;
			if (!text_is_nocase(f->value, "chunked"))
				return 501;
		} else if (text_is_nocase(f->name, "connection") && list_has(f->value, "close")) {
			h->keep_alive = false;
		}
	}
	return h->has_length && h->chunked ? 400 : 0;
}

static int check_host(const struct http_head *h)
{
	const struct http_text *host = NULL;
	for (size_t i = 0; i < h->headers_n; i++) {
		if (!text_is_nocase(h->headers[i].name, "host"))
			continue;
		if (host)
			return 400;
		host = &h->headers[i].value;
	}
	if (!host || host->n == 0)
		return 400;
	for (size_t i = 0; i < host->n; i++)
		if (!is_alnum(host->p[i]) && !strchr(".-_:[]", host->p[i]))
			return 400;
	return 0;
}

static int read_target(struct http_text target, struct http_head *h)
{
	if (target.n > HTTP_TARGET_MAX)
		return 414;
	if (target.n == 0 || target.p[0] != '/')
		return 400; /* only the origin form: we are nobody's proxy */
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] <= 0x20 || target.p[i] >= 0x7f || strchr("#\"<>\\^`{|}", target.p[i]))
			return 400;
	struct http_text path;
	if (cut(&target, '?', &path)) {
		h->path = path;
		h->query = target;
	} else {
		h->path = target;
		h->query = (struct http_text){target.p + target.n, 0};
	}
	return 0;
}

static int read_request_line(struct http_text line, struct http_head *h)
{
	struct http_text method, target;
	if (!cut(&line, ' ', &method) || !is_token(method) || !cut(&line, ' ', &target))
		return 400;
	if (line.n != 8 || memcmp(line.p, "HTTP/", 5) != 0 || !is_digit(line.p[5]) || line.p[6] != '.' ||
	    !is_digit(line.p[7]))
		return 400;
	if (!http_text_is(line, "HTTP/1.1"))
		return 505;
	int bad = read_target(target, h);
	if (bad)
		return bad;
	for (int m = 0; m < HTTP_METHOD_COUNT; m++) {
		if (http_text_is(method, method_names[m])) {
			h->method = (enum http_method)m;
			return 0;
		}
	}
	return 501;
}

static int read_request(const char *at, struct http_head *h)
{
	int bad = read_request_line(take_line(&at), h);
	if (!bad)
		bad = read_headers(at, h);
	if (!bad)
		bad = check_host(h);
	if (!bad)
		bad = read_framing(h);
	/* A device knows the length of what it sends; a chunked request is only a way to disagree about its end. */
	return bad == 0 && h->chunked ? 501 : bad;
}

enum http_parse http_parse_request(struct bytes in, struct http_head *ret, size_t *ret_used, int *ret_status)
{
	bool broken = false;
	size_t n = head_length(in, &broken);
	if (n == 0 && !broken && in.n < HTTP_HEAD_MAX)
		return HTTP_PARSE_MORE;
	*ret_status = broken ? 400 : 431;
	if (n == 0) {
		/* An endless request line is a long target, not long headers. */
		if (!broken && !memchr(in.p, '\n', HTTP_HEAD_MAX))
			*ret_status = 414;
		return HTTP_PARSE_BAD;
	}
	struct http_head h = {.keep_alive = true};
	*ret_status = read_request((const char *)in.p, &h);
	if (*ret_status)
		return HTTP_PARSE_BAD;
	*ret = h;
	*ret_used = n;
	return HTTP_PARSE_DONE;
}

static bool read_status_line(struct http_text line, struct http_head *h)
{
	if (line.n < 12 || memcmp(line.p, "HTTP/1.", 7) != 0 || (line.p[7] != '0' && line.p[7] != '1') ||
	    line.p[8] != ' ')
		return false;
	if (!is_digit(line.p[9]) || !is_digit(line.p[10]) || !is_digit(line.p[11]) ||
	    (line.n > 12 && line.p[12] != ' '))
		return false;
	h->keep_alive = line.p[7] == '1';
	h->status = (line.p[9] - '0') * 100 + (line.p[10] - '0') * 10 + (line.p[11] - '0');
	return h->status >= 100 && h->status <= 599 && is_field_value((struct http_text){line.p + 12, line.n - 12});
}

enum http_parse http_parse_response(struct bytes in, struct http_head *ret, size_t *ret_used)
{
	bool broken = false;
	size_t n = head_length(in, &broken);
	if (n == 0)
		return broken || in.n >= HTTP_HEAD_MAX ? HTTP_PARSE_BAD : HTTP_PARSE_MORE;
	struct http_head h = {0};
	const char *at = (const char *)in.p;
	if (!read_status_line(take_line(&at), &h) || read_headers(at, &h) || read_framing(&h))
		return HTTP_PARSE_BAD;
	*ret = h;
	*ret_used = n;
	return HTTP_PARSE_DONE;
}

/* One byte of percent-encoded text; false at a broken escape. */
static bool decode_byte(struct http_text *t, bool plus_is_space, char *ret)
{
	char c = t->p[0];
	size_t used = 1;
	if (c == '%') {
		char digits[3] = {0};
		uint8_t v;
		if (t->n < 3)
			return false;
		memcpy(digits, t->p + 1, 2);
		if (!hex_decode(digits, &v, 1))
			return false;
		c = (char)v;
		used = 3;
	} else if (c == '+' && plus_is_space) {
		c = ' ';
	}
	*ret = c;
	t->p += used;
	t->n -= used;
	return true;
}

/* Clean text with line breaks: what a person may have typed into a text area. */
static bool typed_text_ok(const char *text, size_t n)
{
	size_t start = 0;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && text[i] != '\r' && text[i] != '\n')
			continue;
		if (i > start && !name_utf8_ok(text + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

/* Does the encoded field name say `name`? *ret_bad at a broken escape. */
static bool field_name_is(struct http_text encoded, const char *name, bool *ret_bad)
{
	size_t n = strlen(name), at = 0;
	bool same = true;
	while (encoded.n) {
		char c;
		if (!decode_byte(&encoded, true, &c)) {
			*ret_bad = true;
			return false;
		}
		same = same && at < n && name[at] == c;
		at++;
	}
	return same && at == n;
}

static bool decode_value(struct http_text value, char *out, size_t size)
{
	size_t n = 0;
	while (value.n) {
		char c;
		if (n + 1 >= size || !decode_byte(&value, true, &c))
			return false;
		out[n++] = c;
	}
	out[n] = 0;
	return typed_text_ok(out, n);
}

bool http_form_field(struct bytes form, const char *name, char *out, size_t size)
{
	struct http_text rest = {(const char *)form.p, form.n}, found = {0};
	bool bad = false, have = false;
	if (size == 0)
		return false;
	out[0] = 0;
	for (bool more = rest.n > 0; more;) {
		struct http_text pair, key;
		more = cut(&rest, '&', &pair);
		if (!more)
			pair = rest;
		if (!cut(&pair, '=', &key))
			return false;
		if (field_name_is(key, name, &bad)) {
			if (have)
				return false;
			have = true;
			found = pair;
		}
		if (bad)
			return false;
	}
	if (have && decode_value(found, out, size))
		return true;
	out[0] = 0;
	return false;
}

bool http_segment_decode(struct http_text in, char *out, size_t size)
{
	size_t n = 0;
	if (size == 0)
		return false;
	out[0] = 0;
	while (in.n) {
		char c;
		if (n + 1 >= size || !decode_byte(&in, false, &c) || c == '/' || c == 0) {
			out[0] = 0;
			return false;
		}
		out[n++] = c;
	}
	out[n] = 0;
	if (n && strcmp(out, ".") != 0 && strcmp(out, "..") != 0 && name_utf8_ok(out, n))
		return true;
	out[0] = 0;
	return false;
}
