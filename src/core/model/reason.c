/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reason codes: word, what kind of reason it is, sentence. A new word goes into docs/wire.md section 2
 * too. */
#include "core/model/reason.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/banned.h"

static const struct {
	const char *word;
	bool holds;
	const char *sentence;
} reasons[] = {
	{"none", false, "Nothing stands against it."},
	/* Refusals and failures. */
	{"no-offer", false, "No update is waiting."},
	{"signature", false, "An offered update was refused: it is not signed by the maker."},
	{"expired", false, "An offered update was refused: the maker's signature on it is too old."},
	{"rollback", false, "An offered update was refused: it is older than what is installed."},
	{"wrong-model", false, "An offered update was refused: it is for another product."},
	{"target-hash", false, "An offered update was refused: it arrived damaged."},
	{"target-length", false, "An offered update was refused: it arrived damaged."},
	{"counter", false, "An offered update was refused: it is older than what is installed."},
	{"blocked-version", false, "An offered update was refused: it did not work on this device before."},
	{"no-space", false, "An update does not fit on this device."},
	{"network", false, "The maker's service cannot be reached at the moment. The device works without it."},
	{"health-failed", false, "The last update did not work here. The device went back to the version before."},
	{"isolated", false, "The device has cut itself off from the network."},
	{"io", false, "The last update could not be stored."},
	/* Not now: the release stays wanted. */
	{"consent", true, "An update is ready and waits for you: this kind does not install by itself."},
	{"postponed", true, "An update was put off. It is installed later."},
	{"cancelled", true, "An update was cancelled. It is not tried again unless you ask for it."},
	{"window", true, "An update waits for the hours in which updates are installed."},
	{"clock", true, "An update waits until the device knows what time it is."},
	{"metered", true, "An update waits for a connection that does not charge by volume."},
	{"battery", true, "An update waits until the battery is charged or the device is plugged in."},
	{"memory", true, "An update waits until there is more free memory."},
	{"busy", true, "An update waits until the device has finished what it is doing."},
	/* Of a grant to go back to an older release (core/model/grant.h). */
	{"grant-signature", false, "The grant was refused: nobody who may grant has signed it."},
	{"grant-device", false, "The grant was refused: it is for another device."},
	{"grant-model", false, "The grant was refused: it is for another product."},
	{"grant-release", false, "The grant was refused: it is for another release than the one that is offered."},
	{"grant-counter", false, "The grant was refused: it starts from another release than the one that is here."},
	{"grant-used", false, "The grant was refused: it was used already."},
	{"grant-expired", false, "The grant was refused: its time is over."},
	/* Answers to somebody who asked for something. */
	{"switched", false, "It is too late: the update is installed already and being tried."},
	{"postpone-limit", false, "It cannot be put off any longer."},
	{"maker", false, "The maker of this product does not allow that."},
	{"media", false, "The folder cannot be read, or holds no update for this device."},
};

const char *reason_word(size_t i)
{
	return i < ARRAY_LEN(reasons) ? reasons[i].word : NULL;
}

static size_t find(const char *word)
{
	size_t i = 0;
	while (i < ARRAY_LEN(reasons) && strcmp(reasons[i].word, word) != 0)
		i++;
	return i;
}

bool reason_known(const char *word)
{
	return find(word) < ARRAY_LEN(reasons);
}

bool reason_holds(const char *word)
{
	size_t i = find(word);
	return i < ARRAY_LEN(reasons) && reasons[i].holds;
}

const char *reason_sentence(const char *word)
{
	size_t i = find(word);
	return i < ARRAY_LEN(reasons) ? reasons[i].sentence : "The last update did not go well.";
}
