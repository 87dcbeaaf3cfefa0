/* SPDX-License-Identifier: Apache-2.0 */
/* Where a passphrase may come from: a file or a terminal, never an argument that `ps` would show. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/crypto/password.h"
#include "host/os/file.h"
#include "core/base/banned.h"

struct kind {
	const char *what, *variable, *option;
};
static const struct kind passphrase = {"passphrase", "HALLMARK_PASSPHRASE_FILE", "--passphrase-file"};
static const struct kind pin = {"PIN", "HALLMARK_PIN_FILE", "--pin-file"};

static rc first_line(const struct kind *k, struct buf *b, struct secret *ret, struct err *e)
{
	const uint8_t *end = b->len ? memchr(b->data, '\n', b->len) : NULL;
	size_t n = end ? (size_t)(end - b->data) : b->len;
	if (n == 0)
		return err_set(e, ERR_INPUT, "the %s is empty", k->what);
	if (n > PASSWORD_MAX)
		return err_set(e, ERR_LIMIT, "the %s is longer than %d bytes", k->what, PASSWORD_MAX);
	return secret_copy(ret, bytes_of(b->data, n), e);
}

static rc from_file(const struct kind *k, const char *path, struct secret *ret, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf b;
	buf_init(&b, 4096);
	rc r = file_read(path, 4096, &b, e);
	if (rc_ok(r))
		r = first_line(k, &b, ret, e);
	return rc_failed(r) ? err_wrap(e, "%s file %s", k->what, path) : RC_OK;
}

static rc from_terminal(const struct kind *k, const char *prompt, struct secret *ret, struct err *e)
{
	FD_AUTO int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0) {
		(void)err_errno(e, errno, "no terminal to ask for a %s", k->what);
		return err_hint(e, "give %s FILE or set %s", k->option, k->variable);
	}
	struct termios shown, hidden;
	if (tcgetattr(tty, &shown) != 0)
		return err_errno(e, errno, "terminal");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(tty, TCSAFLUSH, &hidden);
	(void)dprintf(tty, "%s: ", prompt);
	CLEANUP(buf_done_wiped) struct buf b;
	buf_init(&b, 4096);
	uint8_t *at = buf_room(&b, PASSWORD_MAX + 1);
	ssize_t n = at ? read(tty, at, PASSWORD_MAX + 1) : -1;
	(void)tcsetattr(tty, TCSAFLUSH, &shown);
	(void)dprintf(tty, "\n");
	if (n < 0)
		return err_errno(e, errno, "read the %s", k->what);
	buf_grew(&b, (size_t)n);
	return first_line(k, &b, ret, e);
}

static rc from_anywhere(const struct kind *k, const char *path, const char *prompt, struct secret *ret, struct err *e)
{
	if (!path)
		path = getenv(k->variable);
	if (path && *path)
		return from_file(k, path, ret, e);
	return from_terminal(k, prompt, ret, e);
}

rc cli_passphrase(const char *path, const char *prompt, struct secret *ret, struct err *e)
{
	return from_anywhere(&passphrase, path, prompt, ret, e);
}

rc cli_pin(const char *path, const char *prompt, struct secret *ret, struct err *e)
{
	return from_anywhere(&pin, path, prompt, ret, e);
}

rc cli_confirm(const char *question, bool *ret_yes, struct err *e)
{
	char answer[16] = "";
	FD_AUTO int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0)
		return err_errno(e, errno, "no terminal to ask");
	(void)dprintf(tty, "%s (yes or no) ", question);
	ssize_t n = read(tty, answer, sizeof answer - 1);
	*ret_yes = n > 0 && strcmp(answer, "yes\n") == 0;
	return RC_OK;
}
