/*
 * fuzz.h
 *		What the fuzzers share: what has to hold, and small numbers taken from the bytes of an input.
 *
 * A fuzzer for what has structure reads its input as choices: each byte decides one thing, and bytes that
 * are not there are 0, so that any input is a whole case.
 */
#ifndef CAMPAIGN_FUZZ_H
#define CAMPAIGN_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static inline void
hold_at(bool condition, const char *file, int line)
{
	if (condition)
		return;
	fprintf(stderr, "%s:%d: does not hold\n", file, line);
	abort();
}

#define hold(condition) hold_at((condition), __FILE__, __LINE__)

typedef struct Choices
{
	const unsigned char *bytes;
	size_t len;
} Choices;

static inline unsigned
choose_byte(Choices *choices)
{
	if (choices->len == 0)
		return 0;
	choices->len--;
	return *choices->bytes++;
}

/* 0 .. below - 1 */
static inline int
choose(Choices *choices, int below)
{
	return (int) (choose_byte(choices) % (unsigned) below);
}

/* Any number of eight bytes. */
static inline int64_t
choose_number(Choices *choices)
{
	uint64_t number = 0;

	for (int i = 0; i < 8; i++)
		number = number << 8 | choose_byte(choices);
	return (int64_t) number;
}

/* from .. to */
static inline int64_t
choose_between(Choices *choices, int64_t from, int64_t to)
{
	uint64_t width = (uint64_t) to - (uint64_t) from + 1;

	return (int64_t) ((uint64_t) from +
					  (uint64_t) choose_number(choices) % (width == 0 ? 1 : width));
}

#endif
