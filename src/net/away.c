/*
 * away.c
 *		Until when somebody is away.
 */
#include "net/away.h"

#include <stdbool.h>
#include <string.h>

#define DAY 86400

static bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* The number that n digits make; -1 if they are none. */
static int
digits(const char *text, int n)
{
	int number = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		if (!is_digit(text[i]))
			return -1;
		number = number * 10 + text[i] - '0';
	}
	return number;
}

/* Days since 1970 of a date, by the count of days from March on; -1 if there is no such date. */
static int64_t
days(int year, int month, int day)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
		day > lengths[month - 1] + (month == 2 && leap ? 1 : 0))
		return -1;
	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

/* The date that begins at text, in days since 1970; -1 if none does. Text is long enough for one. */
static int64_t
date_at(const char *text)
{
	if (is_digit(text[10]))
		return -1;
	if (text[4] == '-' && text[7] == '-')
		return days(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2));
	if (text[2] == '.' && text[5] == '.')
		return days(digits(text + 6, 4), digits(text + 3, 2), digits(text, 2));
	return -1;
}

int64_t
campaign_net_away_until(const char *text, int64_t now)
{
	size_t len = strlen(text);
	int64_t latest = 0;
	size_t i;

	for (i = 0; i + 10 <= len; i++)
	{
		int64_t until;

		if (!is_digit(text[i]) || (i > 0 && is_digit(text[i - 1])))
			continue;
		until = date_at(text + i);
		if (until < 0)
			continue;
		until = (until + 1) * DAY;
		if (until > now && until <= now + 366 * (int64_t) DAY && until > latest)
			latest = until;
	}
	return latest;
}
