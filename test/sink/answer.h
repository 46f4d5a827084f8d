/*
 * answer.h
 *		What the sink does with a request, by its path:
 *
 *		/ok							200 {"id":"N"}
 *		/accepted					202, the same
 *		/result?is=complete			200 {"status":"complete"}; with after=2 only from the third request of
 *									the path on, before that pending
 *		/slow?ms=50					200 after that time
 *		/status/429					that status; with retry_after=2 or retry_date=2 (seconds from now,
 *									as a date) the header Retry-After; with times=3 only for the first
 *									3 requests of a key, then 200
 *		/big?bytes=N				200 with N bytes
 *		/close-before				reads the request and closes
 *		/close-mid					closes within the headers of a 200
 *		/close-body					closes within the body of a 200
 *		/hang						never answers
 *		/flaky?percent=20&seed=1	by key and attempt: of the given part one half 500, one half
 *									close-before, else 200; with ms=50 after that time
 *		GET /stats					{"requests":..,"keys":..,"repeats":..}, neither counted nor logged
 *
 * A request takes effect unless it is answered by a status from 300 up; one that is cut off or never
 * answered does take effect, as it may with a real receiver. Repeats counts requests whose key had
 * taken effect before. With --idempotent such a request gets the first answer again (200 if the first
 * was cut off) and nothing else happens.
 */
#ifndef SINK_ANSWER_H
#define SINK_ANSWER_H

#include "sink.h"

extern void sink_answer(Sink *sink, Conn *conn, const Request *request);

#endif
