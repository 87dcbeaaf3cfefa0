/* SPDX-License-Identifier: Apache-2.0 */
/* Password files and the throttle's file, for the ward (engine process). How long to wait is throttle.c's decision. */
#include "agent/identity/owner_io.h"

#include <stdio.h>

#include "core/codec/base32.h"
#include "core/crypto/password.h"
#include "host/os/chance.h"
#include "core/base/banned.h"

#define FILE_MODE 0600

static rc throttle_path(const struct owner *o, const struct owner_door *d, char ret[FILE_PATH_MAX], struct err *e)
{
	char name[sizeof d->service + 16];
	(void)snprintf(name, sizeof name, "throttle%s%s.json", *d->service ? "-" : "", d->service);
	return file_path(ret, e, o->state_dir, name);
}

static rc load_throttle(const struct owner *o, struct owner_door *d, struct now now, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	char path[FILE_PATH_MAX];
	buf_init(&text, THROTTLE_JSON_MAX);
	d->throttle = (struct throttle){.all.last = now.mono};
	rc r = throttle_path(o, d, path, e);
	if (rc_failed(r) || !file_exists(path))
		return r;
	r = file_read(path, THROTTLE_JSON_MAX, &text, e);
	if (rc_ok(r))
		r = throttle_decode(buf_view(&text), now.mono, &d->throttle, e);
	if (rc_ok(r))
		return r;
	/* Losing the count must not be a way to more tries. */
	d->throttle = (struct throttle){.all = {.failures = THROTTLE_ALL_FREE + 1, .last = now.mono}};
	err_clear(e);
	return RC_OK;
}

rc owner_init(struct owner *o, const char *device_dir, struct now now, struct err *e)
{
	rc r;
	o->doors_n = 1;
	o->turn = 0;
	o->doors[0].service[0] = 0;
	if (rc_failed(r = file_path(o->factory_path, e, device_dir, "factory/password.phc")) ||
	    rc_failed(r = file_path(o->owner_path, e, device_dir, "state/owner.phc")) ||
	    rc_failed(r = file_path(o->state_dir, e, device_dir, "state")))
		return r;
	return load_throttle(o, &o->doors[0], now, e);
}

/* Programs take turns in the places; what gives way is on disk, and its delay begins anew when it comes back. */
static rc find_door(struct owner *o, const char *service, struct now now, struct owner_door **ret, struct err *e)
{
	*ret = &o->doors[0];
	if (!service)
		return RC_OK;
	if (!name_ok(service))
		return err_set(e, ERR_INPUT, "not the name of a program: %.64s", service);
	for (size_t i = 1; i < o->doors_n; i++)
		if (strcmp(o->doors[i].service, service) == 0) {
			*ret = &o->doors[i];
			return RC_OK;
		}
	size_t at = o->doors_n < OWNER_DOORS_MAX ? o->doors_n++ : 1 + o->turn++ % (OWNER_DOORS_MAX - 1);
	(void)snprintf(o->doors[at].service, sizeof o->doors[at].service, "%s", service);
	*ret = &o->doors[at];
	return load_throttle(o, *ret, now, e);
}

bool owner_is_factory(const struct owner *o)
{
	return !file_exists(o->owner_path);
}

static rc read_phc(const char *path, char ret[PASSWORD_PHC_SIZE], struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, PASSWORD_PHC_SIZE + 1);
	rc r = file_read(path, PASSWORD_PHC_SIZE, &text, e);
	if (rc_failed(r))
		return r;
	size_t n = strcspn(buf_text(&text), "\r\n");
	if (n == 0 || n >= PASSWORD_PHC_SIZE)
		return err_set(e, ERR_INPUT, "%s holds no password hash", path);
	(void)snprintf(ret, PASSWORD_PHC_SIZE, "%.*s", (int)n, buf_text(&text));
	return RC_OK;
}

/* The set-up password is read from a label: hyphens, case and look-alikes are forgiven. */
static bool factory_matches(const char *phc, const char *typed)
{
	char canonical[PASSWORD_MAX + 1];
	bool same = false, typed_so = false;
	if (base32_normalise(typed, canonical, PASSWORD_MAX)) {
		same = password_verify(phc, bytes_of_text(canonical));
		typed_so = strcmp(canonical, typed) == 0;
	}
	mem_wipe(canonical, sizeof canonical);
	return same || (!typed_so && password_verify(phc, bytes_of_text(typed)));
}

static bool length_ok(const char *password)
{
	size_t n = strnlen(password, PASSWORD_MAX + 1);
	return n > 0 && n <= PASSWORD_MAX;
}

static rc matches(const struct owner *o, const char *password, bool *ret, struct err *e)
{
	char phc[PASSWORD_PHC_SIZE];
	bool factory = owner_is_factory(o);
	rc r = read_phc(factory ? o->factory_path : o->owner_path, phc, e);
	if (rc_failed(r))
		return err_wrap(e, "checking the owner's password");
	*ret = length_ok(password) &&
	       (factory ? factory_matches(phc, password) : password_verify(phc, bytes_of_text(password)));
	return RC_OK;
}

static rc save_throttle(const struct owner *o, const struct owner_door *d, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	char path[FILE_PATH_MAX];
	buf_init(&text, THROTTLE_JSON_MAX);
	rc r = throttle_encode(&d->throttle, &text, e);
	if (rc_ok(r))
		r = throttle_path(o, d, path, e);
	return rc_failed(r) ? r : file_write_atomic(path, buf_view(&text), FILE_MODE, e);
}

rc owner_check(struct owner *o, const struct owner_try *t, struct now now, struct owner_result *ret, struct err *e)
{
	struct owner_door *d;
	rc r = find_door(o, t->service, now, &d, e);
	if (rc_failed(r))
		return r;
	uint32_t wait = throttle_wait_s(&d->throttle, t->source, now.mono);
	if (wait) {
		*ret = (struct owner_result){OWNER_WAIT, wait};
		return RC_OK;
	}
	/* The failure is on disk before the guess is looked at: cutting the power in between costs the guesser a try.
	 */
	struct throttle before = d->throttle;
	throttle_failed(&d->throttle, t->source, now.mono);
	bool right = false;
	r = save_throttle(o, d, e);
	if (rc_ok(r))
		r = matches(o, t->password, &right, e);
	if (rc_failed(r))
		return r;
	if (right) {
		d->throttle = before;
		throttle_succeeded(&d->throttle, t->source);
		if (rc_failed(r = save_throttle(o, d, e)))
			return r;
	}
	*ret = (struct owner_result){right ? OWNER_RIGHT : OWNER_WRONG, 0};
	return RC_OK;
}

const char *owner_objection(const struct owner *o, const char *password)
{
	char phc[PASSWORD_PHC_SIZE];
	size_t chars = 0, n = strnlen(password, PASSWORD_MAX + 1);
	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)password[i] & 0xC0) != 0x80; /* UTF-8: count characters, not bytes */
	if (chars < OWNER_PASSWORD_MIN)
		return "The new password is too short. Use at least 10 characters.";
	if (n > PASSWORD_MAX)
		return "The new password is too long.";
	bool all_same = true;
	for (size_t i = 1; i < n; i++)
		all_same = all_same && password[i] == password[0];
	if (all_same)
		return "The new password repeats one character. Use a phrase that others cannot guess.";
	if (rc_ok(read_phc(o->factory_path, phc, NULL)) && factory_matches(phc, password))
		return "The new password is the one on the label. Choose one that only you know.";
	return NULL;
}

rc owner_change(struct owner *o, const char *password, struct err *e)
{
	uint8_t salt[PASSWORD_SALT_SIZE];
	char phc[PASSWORD_PHC_SIZE];
	const char *objection = owner_objection(o, password);
	if (objection)
		return err_set(e, ERR_INPUT, "%s", objection);
	rc r = chance_fill(salt, sizeof salt, e);
	if (rc_ok(r))
		r = password_hash(PASSWORD_COST_DEVICE, bytes_of_text(password), salt, phc, e);
	if (rc_ok(r))
		r = file_write_atomic(o->owner_path, bytes_of_text(phc), FILE_MODE, e);
	return rc_failed(r) ? err_wrap(e, "changing the owner's password") : r;
}

rc owner_reset(struct owner *o, struct err *e)
{
	rc r = file_remove(o->owner_path, e);
	return rc_failed(r) ? err_wrap(e, "resetting the owner's password") : r;
}
