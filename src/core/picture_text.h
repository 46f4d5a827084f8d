/*
 * picture_text.h
 *		The texts of a picture: how wide they will be, what is left of those that are too long, and how
 *		they are written into XML.
 *
 * The font of whoever looks is not known, so a width is a careful guess: the box may be a little too
 * wide, the text never leaves it. Texts are UTF-8; bytes that are none are shown as U+FFFD.
 */
#ifndef CAMPAIGN_PICTURE_TEXT_H
#define CAMPAIGN_PICTURE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Takes the next bytes of what is written. */
typedef void (*PictureAppend)(void *arg, const char *bytes, size_t length);

/* The widest line of a picture, in units; longer ones are cut, with three dots. */
#define PICTURE_TEXT_MAX 252

/* Where the line that begins here ends: at a newline or the end of the text. */
extern const char *campaign_picture_text_line(const char *text);

/* How wide these bytes will be at most, as they are shown: at most PICTURE_TEXT_MAX. */
extern int campaign_picture_text_width(const char *text, const char *end);

/*
 * Writes these bytes, as text or attribute of XML, without what XML cannot hold; cut if they are too
 * wide, unless whole.
 */
extern void campaign_picture_text_write(const char *text, const char *end, bool whole,
										PictureAppend append, void *arg);

#endif
