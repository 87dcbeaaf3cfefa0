/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP codec: every way to disagree about a message's end is refused, and says how. */
#include <stdlib.h>

#include "check.h"
#include "host/net/http.h"
#include "host/net/http_chunks.h"
#include "host/net/http_intake.h"
#include "host/net/http_response.h"

#define HOST "Host: a\r\n"

/* On the heap and exactly as long as it is, so that ASan sees a read past the end. */
static enum http_parse parse_exact(const char *text, size_t n, int *ret_status)
{
	uint8_t *copy = malloc(n ? n : 1);
	struct http_head h;
	size_t used;
	*ret_status = 0;
	assert_non_null(copy);
	memcpy(copy, text, n);
	enum http_parse p = http_parse_request(bytes_of(copy, n), &h, &used, ret_status);
	free(copy);
	return p;
}

/* A literal with its length: some hold a NUL. */
#define T(text) text, sizeof(text) - 1

static const struct {
	const char *what, *text;
	size_t n;
	int status;
} bad_requests[] = {
	{"bare LF after request line", T("GET / HTTP/1.1\nHost: a\r\n\r\n"), 400},
	{"bare LF in headers", T("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"), 400},
	{"bare LF as the end", T("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400},
	{"bare LF, head not complete", T("GET / HTTP/1.1\n"), 400},
	{"bare CR", T("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"), 400},
	{"empty line first", T("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"obs-fold", T("GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n"), 400},
	{"fold by tab", T("GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n\r\n"), 400},
	{"fold as first header", T("GET / HTTP/1.1\r\n X: a\r\n" HOST "\r\n"), 400},
	{"space before colon", T("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400},
	{"tab before colon", T("GET / HTTP/1.1\r\n" HOST "Content-Length\t: 5\r\n\r\n"), 400},
	{"no colon", T("GET / HTTP/1.1\r\n" HOST "X\r\n\r\n"), 400},
	{"empty name", T("GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n"), 400},
	{"name in brackets", T("GET / HTTP/1.1\r\n" HOST "X(y): x\r\n\r\n"), 400},
	{"NUL in value", T("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"), 400},
	{"NUL in path", T("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"control in value", T("GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n"), 400},
	{"DEL in value", T("GET / HTTP/1.1\r\n" HOST "X: \x7f\r\n\r\n"), 400},
	{"no host", T("GET / HTTP/1.1\r\nX: y\r\n\r\n"), 400},
	{"empty host", T("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400},
	{"two hosts", T("GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n"), 400},
	{"host with a path", T("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400},
	{"host with an at", T("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), 400},
	{"CL and TE", T("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
	{"TE and CL", T("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), 400},
	{"TE", T("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"), 501},
	{"TE identity", T("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"), 501},
	{"TE, hidden", T("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n"), 501},
	{"two TE", T("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
	 400},
	{"two CL, equal", T("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), 400},
	{"two CL, unequal", T("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-length: 6\r\n\r\n"), 400},
	{"CL list", T("POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n"), 400},
	{"CL signed", T("POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n"), 400},
	{"CL negative", T("POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"), 400},
	{"CL hex", T("POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n"), 400},
	{"CL empty", T("POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"), 400},
	{"CL of 2^64", T("POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n"), 413},
	{"CL of 2^64 + 5", T("POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551621\r\n\r\n"), 413},
	{"HTTP/1.0", T("GET / HTTP/1.0\r\n" HOST "\r\n"), 505},
	{"HTTP/2.0", T("GET / HTTP/2.0\r\n" HOST "\r\n"), 505},
	{"HTTP/0.9", T("GET /\r\n\r\n"), 400},
	{"lower-case http", T("GET / http/1.1\r\n" HOST "\r\n"), 400},
	{"two spaces", T("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"trailing space", T("GET / HTTP/1.1 \r\n" HOST "\r\n"), 400},
	{"tab in request line", T("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"unknown method", T("BREW / HTTP/1.1\r\n" HOST "\r\n"), 501},
	{"CONNECT", T("CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"lower-case method", T("get / HTTP/1.1\r\n" HOST "\r\n"), 501},
	{"absolute form", T("GET http://a/ HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"asterisk form", T("GET * HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"fragment", T("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"backslash", T("GET /a\\b HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"raw UTF-8 in target", T("GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"TLS hello", T("\x16\x03\x01\x02\x00\x01"), 400},
};

static void test_bad_requests(void **s)
{
	(void)s;
	for (size_t i = 0; i < ARRAY_LEN(bad_requests); i++) {
		int status;
		enum http_parse p = parse_exact(bad_requests[i].text, bad_requests[i].n, &status);
		if (p != HTTP_PARSE_BAD || status != bad_requests[i].status)
			fail_msg("%s: verdict %d, status %d, expected %d", bad_requests[i].what, p, status,
				 bad_requests[i].status);
	}
}

static void test_long_requests(void **s)
{
	static char text[3 * HTTP_HEAD_MAX];
	int status;
	(void)s;
	memset(text, 'a', sizeof text);
	memcpy(text, "GET /", 5);
	assert_int_equal(parse_exact(text, HTTP_HEAD_MAX - 1, &status), HTTP_PARSE_MORE);
	assert_int_equal(parse_exact(text, HTTP_HEAD_MAX, &status), HTTP_PARSE_BAD);
	assert_int_equal(status, 414);
	memcpy(text + 5 + HTTP_TARGET_MAX, " HTTP/1.1\r\nHost: a\r\n\r\n", 22); /* target: '/' and HTTP_TARGET_MAX */
	assert_int_equal(parse_exact(text, 5 + HTTP_TARGET_MAX + 22, &status), HTTP_PARSE_BAD);
	assert_int_equal(status, 414);
	memcpy(text, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
	memset(text + 28, 'a', sizeof text - 28);
	assert_int_equal(parse_exact(text, HTTP_HEAD_MAX, &status), HTTP_PARSE_BAD);
	assert_int_equal(status, 431);
	/* A head that would end just after the limit does not count, even when all of it is there. */
	memcpy(text + HTTP_HEAD_MAX - 3, "\r\n\r\n", 4);
	assert_int_equal(parse_exact(text, HTTP_HEAD_MAX + 1, &status), HTTP_PARSE_BAD);
	memcpy(text + HTTP_HEAD_MAX - 4, "\r\n\r\na", 5);
	assert_int_equal(parse_exact(text, HTTP_HEAD_MAX + 1, &status), HTTP_PARSE_DONE);
}

static void test_too_many_headers(void **s)
{
	struct buf b;
	int status;
	(void)s;
	buf_init(&b, HTTP_HEAD_MAX);
	buf_put_text(&b, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 1; i < HTTP_HEADERS_MAX; i++)
		buf_put_text(&b, "X: y\r\n");
	size_t full = b.len;
	buf_put_text(&b, "\r\n");
	assert_int_equal(parse_exact(buf_text(&b), b.len, &status), HTTP_PARSE_DONE);
	b.len = full;
	buf_put_text(&b, "X: y\r\n\r\n");
	assert_int_equal(parse_exact(buf_text(&b), b.len, &status), HTTP_PARSE_BAD);
	assert_int_equal(status, 431);
	buf_done(&b);
}

static void test_good_request(void **s)
{
	static const char text[] = "POST /v1/a%20b?x=1&y=/? HTTP/1.1\r\nhost: [::1]:80\r\nContent-LENGTH: \t12 \r\n"
				   "X-Empty:\r\nConnection: foo , Close\r\n\r\nBODY";
	struct http_head h;
	size_t used;
	int status;
	(void)s;
	for (size_t n = 0; n < sizeof text - 5; n++)
		assert_int_equal(parse_exact(text, n, &status), HTTP_PARSE_MORE);
	assert_int_equal(http_parse_request(bytes_of_text(text), &h, &used, &status), HTTP_PARSE_DONE);
	assert_int_equal(used, sizeof text - 5);
	assert_int_equal(h.method, HTTP_POST);
	assert_true(http_text_is(h.path, "/v1/a%20b"));
	assert_true(http_text_is(h.query, "x=1&y=/?"));
	assert_true(h.has_length && h.length == 12 && !h.keep_alive && !h.chunked);
	assert_int_equal(h.headers_n, 4);
	assert_true(http_text_is(*http_header(&h, "X-EMPTY"), ""));
	assert_null(http_header(&h, "X"));
	char small[8], fits[9];
	assert_false(http_text_copy(h.query, small, sizeof small));
	assert_true(http_text_copy(h.query, fits, sizeof fits));
	assert_string_equal(fits, "x=1&y=/?");
}

static void test_responses(void **s)
{
	static const struct {
		const char *text;
		enum http_parse p;
		int status;
		bool keep_alive, chunked, has_length;
	} cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", HTTP_PARSE_DONE, 200, true, false, true},
		{"HTTP/1.1 204\r\n\r\n", HTTP_PARSE_DONE, 204, true, false, false},
		{"HTTP/1.0 200 OK\r\n\r\n", HTTP_PARSE_DONE, 200, false, false, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", HTTP_PARSE_DONE, 200, true, true, false},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", HTTP_PARSE_DONE, 200, false, false, false},
		{"HTTP/1.1 200 OK\r\n", HTTP_PARSE_MORE, 0, false, false, false},
		{"HTTP/1.1 200 OK\nX: y\n\n", HTTP_PARSE_BAD, 0, false, false, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", HTTP_PARSE_BAD, 0, false, false,
		 false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_PARSE_BAD, 0, false,
		 false, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", HTTP_PARSE_BAD, 0, false, false, false},
		{"HTTP/1.1 99 OK\r\n\r\n", HTTP_PARSE_BAD, 0, false, false, false},
		{"HTTP/1.1 600 OK\r\n\r\n", HTTP_PARSE_BAD, 0, false, false, false},
		{"HTTP/1.1 2000 OK\r\n\r\n", HTTP_PARSE_BAD, 0, false, false, false},
		{"HTTP/1.1 200 O\x01K\r\n\r\n", HTTP_PARSE_BAD, 0, false, false, false},
		{"HTTP/2 200 OK\r\n\r\n", HTTP_PARSE_BAD, 0, false, false, false},
		{"SSH-2.0-x\r\n\r\n", HTTP_PARSE_BAD, 0, false, false, false},
		{"\r\n", HTTP_PARSE_BAD, 0, false, false, false},
	};
	(void)s;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_head h = {0};
		size_t used;
		enum http_parse p = http_parse_response(bytes_of_text(cases[i].text), &h, &used);
		if (p != cases[i].p)
			fail_msg("%s: verdict %d", cases[i].text, p);
		if (p != HTTP_PARSE_DONE)
			continue;
		assert_int_equal(h.status, cases[i].status);
		assert_true(h.keep_alive == cases[i].keep_alive && h.chunked == cases[i].chunked &&
			    h.has_length == cases[i].has_length);
	}
}

/* Decode in pieces of `step` bytes; the verdict, and the body in `out`. */
static enum http_parse decode_chunks(const char *text, size_t step, struct buf *out)
{
	struct http_chunks c = {0};
	size_t n = strlen(text), at = 0;
	enum http_parse p = HTTP_PARSE_MORE;
	buf_reset(out);
	while (at < n && p == HTTP_PARSE_MORE) {
		size_t used = 0;
		struct bytes piece;
		p = http_chunks_step(&c, bytes_of(text + at, n - at < step ? n - at : step), &used, &piece);
		if (p == HTTP_PARSE_BAD)
			break;
		buf_put(out, piece);
		assert_true(used > 0);
		at += used;
	}
	return p;
}

static void test_chunks(void **s)
{
	static const struct {
		const char *text;
		enum http_parse p;
		const char *body;
	} cases[] = {
		{"0\r\n\r\n", HTTP_PARSE_DONE, ""},
		{"5\r\nhello\r\n1;x=\"y\"\r\n!\r\n0\r\nTrailer: z\r\n\r\n", HTTP_PARSE_DONE, "hello!"},
		{"00A\r\n0123456789\r\n0\r\n\r\n", HTTP_PARSE_DONE, "0123456789"},
		{"5\r\nhel", HTTP_PARSE_MORE, "hel"},
		{"5\r\nhello\r\n0\r\n", HTTP_PARSE_MORE, "hello"},
		{"5\nhello\r\n0\r\n\r\n", HTTP_PARSE_BAD, NULL},
		{"5\r\nhelloX\r\n", HTTP_PARSE_BAD, NULL},
		{"5\r\nhello\n0\r\n\r\n", HTTP_PARSE_BAD, NULL},
		{"\r\n\r\n", HTTP_PARSE_BAD, NULL},
		{"-1\r\n", HTTP_PARSE_BAD, NULL},
		{"0x5\r\nhello\r\n", HTTP_PARSE_BAD, NULL},
		{" 5\r\nhello\r\n", HTTP_PARSE_BAD, NULL},
		{"5 \r\nhello\r\n", HTTP_PARSE_BAD, NULL},
		{"FFFFFFFFFFFFFFFF\r\n", HTTP_PARSE_BAD, NULL},
		{"5;a\nb\r\nhello\r\n", HTTP_PARSE_BAD, NULL},
		{"0\r\nA: b\n\r\n", HTTP_PARSE_BAD, NULL},
	};
	struct buf out;
	(void)s;
	buf_init(&out, 1000);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t step = 1; step < 70; step++) {
			enum http_parse p = decode_chunks(cases[i].text, step, &out);
			if (p != cases[i].p || (cases[i].body && strcmp(buf_text(&out), cases[i].body) != 0))
				fail_msg("%s by %zu: verdict %d, body '%s'", cases[i].text, step, p, buf_text(&out));
		}
	}
	buf_done(&out);
}

static void test_endless_chunk_lines(void **s)
{
	struct http_chunks ext = {0}, trailer = {0};
	enum http_parse p = HTTP_PARSE_MORE;
	struct bytes piece;
	size_t used;
	int i;
	(void)s;
	assert_int_equal(http_chunks_step(&ext, bytes_of_text("5;"), &used, &piece), HTTP_PARSE_MORE);
	for (i = 0; p == HTTP_PARSE_MORE && i < 10000; i++)
		p = http_chunks_step(&ext, bytes_of_text("a"), &used, &piece);
	assert_true(p == HTTP_PARSE_BAD && i <= HTTP_CHUNK_LINE_MAX + 1);
	assert_int_equal(http_chunks_step(&trailer, bytes_of_text("0\r\n"), &used, &piece), HTTP_PARSE_MORE);
	for (p = HTTP_PARSE_MORE, i = 0; p == HTTP_PARSE_MORE && i < 10000; i++)
		p = http_chunks_step(&trailer, bytes_of_text("a: b\r\n"), &used, &piece);
	assert_int_equal(p, HTTP_PARSE_BAD);
}

static void test_form(void **s)
{
	static const struct {
		const char *form, *name, *value; /* NULL: refused */
	} cases[] = {
		{"a=1&b=2", "b", "2"},
		{"a=1&b=2", "c", NULL},
		{"a=1&a=1", "a", NULL},
		{"a=1&%61=1", "a", NULL},
		{"%61=x", "a", "x"},
		{"a=", "a", ""},
		{"a", "a", NULL},
		{"", "a", NULL},
		{"a=1&", "a", NULL},
		{"a=%C3%A4+b%2Bc", "a", "\xc3\xa4 b+c"},
		{"a=line%0D%0Anext%0A", "a", "line\r\nnext\n"},
		{"a=%00", "a", NULL},
		{"a=x%00y", "a", NULL},
		{"a=%1b[2J", "a", NULL},
		{"a=%09", "a", NULL},
		{"a=%C3", "a", NULL},
		{"a=%C0%AF", "a", NULL},
		{"a=%ED%A0%80", "a", NULL},
		{"a=%", "a", NULL},
		{"a=%4", "a", NULL},
		{"a=%zz", "a", NULL},
		{"a=1&b=%zz", "b", NULL},
		{"a=1&%z=1", "a", NULL},
		{"a=b=c", "a", "b=c"},
		{"a=12345678901234567890123456789012345678", "a", NULL}, /* longer than the buffer */
	};
	char out[32];
	(void)s;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool got = http_form_field(bytes_of_text(cases[i].form), cases[i].name, out, sizeof out);
		if (got != (cases[i].value != NULL) || strcmp(out, got ? cases[i].value : "") != 0)
			fail_msg("%s: got %d '%s'", cases[i].form, got, out);
	}
}

static void test_segment(void **s)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} cases[] = {
		{"abc", "abc"},
		{"a%20b", "a b"},
		{"a+b", "a+b"},
		{"..", NULL},
		{"%2e%2e", NULL},
		{".", NULL},
		{"a%2fb", NULL},
		{"a/b", NULL},
		{"a%00b", NULL},
		{"", NULL},
		{"%", NULL},
		{"%c3", NULL},
		{"a..b", "a..b"},
		{"%0a", NULL},
		{"%C3%A4", "\xc3\xa4"},
		{"1234567890123456", NULL},
	};
	char out[16];
	(void)s;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_text t = {cases[i].in, strlen(cases[i].in)};
		bool got = http_segment_decode(t, out, sizeof out);
		if (got != (cases[i].out != NULL) || strcmp(out, got ? cases[i].out : "") != 0)
			fail_msg("%s: got %d '%s'", cases[i].in, got, out);
	}
}

static void test_intake(void **s)
{
	static const char text[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n0123456789GET / HT";
	struct http_intake i;
	size_t head = strlen(text) - 18;
	(void)s;
	assert_int_equal(http_intake_step(bytes_of(text, 0), 10, &i), HTTP_INTAKE_EMPTY);
	assert_int_equal(http_intake_step(bytes_of(text, head - 1), 10, &i), HTTP_INTAKE_HEAD);
	assert_int_equal(http_intake_room(HTTP_INTAKE_HEAD, &i, head - 1), HTTP_HEAD_MAX - head + 1);
	assert_int_equal(http_intake_step(bytes_of(text, head + 3), 10, &i), HTTP_INTAKE_BODY);
	assert_int_equal(http_intake_room(HTTP_INTAKE_BODY, &i, head + 3), 7); /* not into the next request */
	assert_int_equal(http_intake_step(bytes_of_text(text), 10, &i), HTTP_INTAKE_READY);
	assert_true(i.total == head + 10 && bytes_equal(i.body, bytes_of_text("0123456789")));
	assert_int_equal(http_intake_step(bytes_of(text, head), 9, &i), HTTP_INTAKE_REFUSE);
	assert_int_equal(i.status, 413);
	static const char expect[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n";
	assert_int_equal(http_intake_step(bytes_of_text(expect), 10, &i), HTTP_INTAKE_REFUSE);
	assert_int_equal(i.status, 417);
}

static void test_response_headers(void **s)
{
	static const struct {
		const char *name, *value;
	} bad[] = {{"X", "a\r\nSet-Cookie: x"},
		   {"X", "a\n"},
		   {"X\r\nY", "a"},
		   {"X ", "a"},
		   {"", "a"},
		   {"content-length", "5"},
		   {"Date", ""},
		   {"X:", "a"},
		   {"CONNECTION", "x"},
		   {"Transfer-Encoding", "chunked"}};
	struct http_response r;
	(void)s;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		http_response_init(&r);
		http_response_header(&r, bad[i].name, bad[i].value);
		if (http_response_ok(&r))
			fail_msg("'%s: %s' was taken", bad[i].name, bad[i].value);
		http_response_done(&r);
	}
	struct buf out;
	buf_init(&out, 4096);
	http_response_init(&r);
	http_response_text(&r, 404, "text/plain", "no");
	assert_true(http_response_ok(&r));
	http_response_put_head(&r, true, (struct wall_time){784111777}, &out);
	assert_string_equal(buf_text(&out),
			    "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
			    "X-Content-Type-Options: nosniff\r\nContent-Length: 2\r\nConnection: close\r\n"
			    "Content-Type: text/plain\r\n\r\n");
	buf_done(&out);
	http_response_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_long_requests),
		cmocka_unit_test(test_too_many_headers),
		cmocka_unit_test(test_good_request),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_endless_chunk_lines),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_segment),
		cmocka_unit_test(test_intake),
		cmocka_unit_test(test_response_headers),
	};
	return cmocka_run_group_tests_name("host http", tests, NULL, NULL);
}
