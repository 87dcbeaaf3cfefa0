/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the owner's pages into a folder, one file for each thing an owner can be shown. For check_pages.mjs. */
#include <stdio.h>

#include "agent/setup/page.h"
#include "check.h"
#include "core/base/buf.h"

static const char *folder;

static void keep(const char *name, struct buf *b)
{
	char path[4096];
	assert_int_equal(b->broken, ERR_NONE);
	(void)snprintf(path, sizeof path, "%s/%s.html", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b->data, 1, b->len, f), b->len);
	assert_int_equal(fclose(f), 0);
	buf_reset(b);
}

static struct page_view some_view(enum page_mode mode)
{
	return (struct page_view){
		.front = {.mode = mode, .product = "Lumen Doorbell Camera"},
		.model = "lumen-cam1",
		.device = "lumen-dev1",
		.version = "1.1.0",
		.support_end = {1956441600},
		.last_contact = {1795305600},
		.now = {1795305900},
		.step = "confirmed",
		.firewall = true,
		.records = 12,
		.record_bytes = 480 * 1024,
		.csrf = "00112233445566778899aabbccddeeff",
	};
}

static void render_modes(struct buf *b)
{
	static const char *const names[] = {"home-normal", "home-suspect", "home-isolated", "home-recovered"};
	for (int i = 0; i < PAGE_MODE_COUNT; i++) {
		struct page_view v = some_view((enum page_mode)i);
		if (v.front.mode == PAGE_ISOLATED)
			(void)snprintf(v.finding, sizeof v.finding, "etc/camera.conf");
		page_home(&v, NULL, b);
		keep(names[i], b);
	}
}

/* An update waits: put off, for the night, for consent; or the maker leaves the owner no choice. */
static void render_updates(struct buf *b)
{
	static const char *const reasons[] = {"none", "postponed", "window", "consent", "busy", "cancelled"};
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		struct page_view v = some_view(PAGE_NORMAL);
		char name[64];
		v.update = (struct page_update){.version = "1.2.0",
						.now = i == 0,
						.retry_at = {1795312800},
						.fetch_bytes = 96 * 1000 * 1000,
						.seconds = 185,
						.can_decide = true,
						.postpone_left = i % 2 ? 3 : 0,
						.postpone_until = {1795800000},
						.can_turn_off = i != 4,
						.window_from = 2,
						.window_to = 5};
		(void)snprintf(v.update.reason, sizeof v.update.reason, "%s", reasons[i]);
		if (i == 4)
			(void)snprintf(v.update.quiet, sizeof v.update.quiet, "camera: it records");
		page_home(&v, page_done_text(i ? "choose" : "install"), b);
		(void)snprintf(name, sizeof name, "home-update-%s", reasons[i]);
		keep(name, b);
	}
}

/* Names as long as the wire allows them, and nothing that went well. */
static void render_worst(struct buf *b)
{
	struct page_view v = some_view(PAGE_ISOLATED);
	memset(v.front.product, 'W', sizeof v.front.product - 1);
	memset(v.front.isolated_text, 'w', sizeof v.front.isolated_text - 1);
	memset(v.model, 'm', sizeof v.model - 1);
	memset(v.device, 'd', sizeof v.device - 1);
	memset(v.version, '1', sizeof v.version - 1);
	memset(v.finding, 'f', sizeof v.finding - 1);
	memset(v.firewall_reason, 'r', sizeof v.firewall_reason - 1);
	v.firewall = false;
	v.factory_password = v.has_receipt = true;
	v.support_end = (struct wall_time){1700000000};
	(void)snprintf(v.reason, sizeof v.reason, "health-failed");
	v.update = (struct page_update){.security = true,
					.retry_at = {1795309000},
					.fetch_bytes = UINT64_MAX,
					.seconds = UINT32_MAX,
					.can_decide = true,
					.postpone_left = 1,
					.postpone_until = {1795909000},
					.can_turn_off = true,
					.automatic = 2,
					.window_from = 23,
					.changed_at = {1795300000},
					.failed = true,
					.utc_offset_s = 20700};
	(void)snprintf(v.update.reason, sizeof v.update.reason, "metered");
	memset(v.update.version, '1', sizeof v.update.version - 1);
	memset(v.update.quiet, 'q', sizeof v.update.quiet - 1);
	page_home(&v, page_done_text("erase-partly"), b);
	keep("home-worst", b);
}

int main(int argc, char **argv)
{
	CLEANUP(buf_done) struct buf b;
	if (argc != 2)
		return 2;
	folder = argv[1];
	buf_init(&b, PAGE_MAX);
	render_modes(&b);
	render_updates(&b);
	render_worst(&b);
	const struct page_view v = some_view(PAGE_NORMAL), cut = some_view(PAGE_ISOLATED);
	page_sign_in(&v.front, NULL, &b);
	keep("sign-in", &b);
	page_sign_in(&cut.front, "That is not the password.", &b);
	keep("sign-in-isolated", &b);
	page_erase_confirm(&v, &b);
	keep("erase", &b);
	page_note(&v.front, "Not changed", "The two new passwords were not the same.", &b);
	keep("note", &b);
	buf_put_text(&b, page_style());
	keep("style.css", &b);
	return 0;
}
