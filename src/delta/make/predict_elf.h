/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads ELF files of either width and byte order, as far as prediction needs it: where its bytes are loaded, and its
 * sections. The file is a part of an image and may be anything: every range is checked against what is there.
 */
#ifndef HALLMARK_DELTA_MAKE_PREDICT_ELF_H
#define HALLMARK_DELTA_MAKE_PREDICT_ELF_H

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "delta/predict_kinds.h"

#define PREDICT_ELF_SECTIONS_MAX 4096
#define PREDICT_ELF_NAME_MAX 64

/* Numbers of the ELF specification that are used here. */
enum predict_elf_number {
	PREDICT_ELF_REL = 1, /* types of file */
	PREDICT_ELF_EXEC = 2,
	PREDICT_ELF_DYN = 3,
	PREDICT_ELF_ARM = 40, /* machines */
	PREDICT_ELF_X86_64 = 62,
	PREDICT_ELF_AARCH64 = 183,
	PREDICT_ELF_PROGBITS = 1, /* types of section */
	PREDICT_ELF_SYMTAB = 2,
	PREDICT_ELF_STRTAB = 3,
	PREDICT_ELF_RELA = 4,
	PREDICT_ELF_DYNAMIC = 6,
	PREDICT_ELF_NOBITS = 8,
	PREDICT_ELF_RELOCATIONS = 9,
	PREDICT_ELF_DYNSYM = 11,
	PREDICT_ELF_INIT_ARRAY = 14,
	PREDICT_ELF_FINI_ARRAY = 15,
	PREDICT_ELF_RELR = 19,
	PREDICT_ELF_GNU_HASH = 0x6ffffff6,
	PREDICT_ELF_WRITE = 1, /* flags of sections */
	PREDICT_ELF_ALLOC = 2,
	PREDICT_ELF_EXECUTE = 4,
};

struct predict_elf_section {
	char name[PREDICT_ELF_NAME_MAX]; /* cut if longer */
	uint32_t type, link, info;
	uint64_t flags, address, at, length; /* length 0 in the file for NOBITS, see memory */
	uint64_t memory;
	uint32_t hash_buckets, hash_filter; /* of .gnu.hash: how many there are */
};

struct predict_elf_file {
	uint64_t at, length;  /* in the image */
	const uint8_t *bytes; /* borrowed */
	bool wide, big;
	uint16_t type, machine;
	uint32_t sections_n, spans_n;
	uint64_t table_at, table_bytes; /* section headers; `sections` has more where holes cut one */
	uint64_t old_end;		/* end of the addresses of its loadable parts */
	struct predict_span spans[PREDICT_SPANS_MAX];
	struct predict_elf_section *sections;
};

/* Length of the file that begins at the start of `bytes`; 0: none does, or one that is not whole. */
uint64_t predict_elf_length(struct bytes bytes);

/* `file`: exactly one. Free with predict_elf_done. ERR_INPUT for what is no ELF file that we can use. */
rc predict_elf_read(struct bytes file, struct predict_elf_file *ret, struct err *e) MUST_CHECK;
void predict_elf_done(struct predict_elf_file *f);

/* NULL if there is none. */
const struct predict_elf_section *predict_elf_named(const struct predict_elf_file *f, const char *name);

#endif
