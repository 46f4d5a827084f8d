/*
 * enrollments.c
 *		Rows of campaign.enrollment, claimed and written back many at a time.
 */
#include "store/enrollments.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

#define ENROLLMENT_COLUMNS                                                                         \
	"e.id, e.campaign_id, e.prospect_id, e.step, e.lap, e.halt, e.due_at, e.parked_due_at,"        \
	" e.base_at, e.step_at, e.started_at, e.action_id, e.facts, e.held, e.held_detail, e.status"

static StorePlan claim_plan = {.sql = "SELECT " ENROLLMENT_COLUMNS " FROM campaign.enrollment e"
									  " WHERE e.workspace_id = $1 AND e.due_at BETWEEN $4 AND $2"
									  " ORDER BY e.due_at LIMIT $3 FOR UPDATE SKIP LOCKED",
							   .n_args = 4,
							   .types = {INT8OID, TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID}};

/*
 * Whether anything waits there at all is asked once: to ask for each run costs half as much as moving it.
 * Not where looks are slow, see fronts.h: then that would be, too.
 */
static StorePlan claim_read_plan = {
	.sql = "SELECT " ENROLLMENT_COLUMNS " FROM campaign.enrollment e"
		   " WHERE e.workspace_id = $1 AND e.due_at BETWEEN $4 AND $2"
		   " AND CASE WHEN $4 > '-infinity' OR (SELECT EXISTS (SELECT FROM campaign.inbox i"
		   " WHERE i.workspace_id = $1 AND i.held IS NULL)) THEN NOT EXISTS (SELECT FROM"
		   " (SELECT s.person_key FROM campaign.prospect s WHERE s.workspace_id = $1"
		   " AND s.id = e.prospect_id OFFSET 0) s CROSS JOIN LATERAL"
		   " (SELECT o.id FROM campaign.prospect o WHERE o.workspace_id = $1"
		   " AND o.person_key = s.person_key OFFSET 0) o CROSS JOIN LATERAL"
		   " (SELECT FROM campaign.inbox i WHERE i.workspace_id = $1 AND i.prospect_id = o.id"
		   " AND i.held IS NULL OFFSET 0) i) ELSE true END"
		   " ORDER BY e.due_at LIMIT $3 FOR UPDATE OF e SKIP LOCKED",
	.n_args = 4,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID}};

/*
 * Ended ones are sorted out behind the look-up by id, or the planner would go by the index of what is active,
 * which it takes for short: it is full of dead entries where runs come and go.
 */
#define ACTIVE_OF(locked)                                                                          \
	"SELECT e.* FROM (SELECT " ENROLLMENT_COLUMNS ", e.ended_at FROM campaign.enrollment e"        \
	" WHERE e.workspace_id = $1 AND e.id = ANY ($2) ORDER BY e.id OFFSET 0 " locked ") e"          \
	" WHERE e.ended_at IS NULL"

static StorePlan lock_plan = {
	.sql = ACTIVE_OF("FOR UPDATE"), .n_args = 2, .types = {INT8OID, INT8ARRAYOID}};

static StorePlan read_plan = {.sql = "SELECT " ENROLLMENT_COLUMNS " FROM campaign.enrollment e"
									 " WHERE e.workspace_id = $1 AND e.id = ANY ($2) ORDER BY e.id",
							  .n_args = 2,
							  .types = {INT8OID, INT8ARRAYOID}};

/* Looked up one by one: without statistics a join compares every run with every person. */
static StorePlan persons_plan = {
	.sql = "SELECT e.id, v.person_key FROM unnest($2::text[]) AS v(person_key)"
		   " CROSS JOIN LATERAL (SELECT o.id FROM campaign.prospect o WHERE o.workspace_id = $1"
		   " AND o.person_key = v.person_key OFFSET 0) p"
		   " CROSS JOIN LATERAL (SELECT o.id FROM campaign.enrollment o WHERE o.workspace_id = $1"
		   " AND o.prospect_id = p.id AND o.ended_at IS NULL OFFSET 0) e ORDER BY e.id",
	.n_args = 2,
	.types = {INT8OID, TEXTARRAYOID}};

static StorePlan try_lock_plan = {
	.sql = ACTIVE_OF("FOR UPDATE SKIP LOCKED"), .n_args = 2, .types = {INT8OID, INT8ARRAYOID}};

/* With the person, whom everything of a run goes by. */
static StorePlan inside_plan = {
	.sql = "SELECT " ENROLLMENT_COLUMNS ", p.person_key FROM campaign.enrollment e"
		   " JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = e.prospect_id"
		   " WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.ended_at IS NULL"
		   " AND (NOT $4 OR e.prospect_id = ANY ($3)) ORDER BY e.id",
	.n_args = 4,
	.types = {INT8OID, INT8OID, INT8ARRAYOID, BOOLOID}};

static StorePlan persons_of_plan = {
	.sql = "SELECT v.i::int - 1, p.person_key FROM unnest($2::bigint[]) WITH ORDINALITY AS v(id, i)"
		   " JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = v.id",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

#define MOVE_SET                                                                                   \
	"UPDATE campaign.enrollment e SET step = v.step, lap = v.lap, halt = v.halt,"                  \
	" due_at = v.due_at, parked_due_at = v.parked_due_at, base_at = v.base_at,"                    \
	" step_at = v.step_at, action_id = v.action_id, facts = v.facts"
#define MOVE_ARRAYS                                                                                \
	"$2::bigint[], $3::int[], $4::int[], $5::int[], $6::timestamptz[], $7::timestamptz[],"         \
	" $8::timestamptz[], $9::timestamptz[], $10::bigint[], $11::bigint[]"
#define MOVE_NAMES "id, step, lap, halt, due_at, parked_due_at, base_at, step_at, action_id, facts"
#define MOVE_TYPES                                                                                 \
	INT8OID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID,          \
		TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT8ARRAYOID, INT8ARRAYOID

/* Said twice: without statistics a join by the ids alone reads all runs of the workspace. */
#define MOVE_WHERE " WHERE e.workspace_id = $1 AND e.id = ANY ($2) AND e.id = v.id"

/* Most rows go on to another step, and no more is written of them than that takes. */
static StorePlan move_plan = {.sql = MOVE_SET " FROM unnest(" MOVE_ARRAYS ") AS v(" MOVE_NAMES
											  ")" MOVE_WHERE,
							  .n_args = 11,
							  .types = {MOVE_TYPES}};

/* Rows that have ended or got no place, and those that are or were held. */
static StorePlan change_plan = {
	.sql = MOVE_SET ", status = v.status, ended_at = v.ended_at, end_kind = v.end_kind,"
					" code = v.code, held = v.held, held_detail = v.held_detail"
					" FROM unnest(" MOVE_ARRAYS ", $12::text[], $13::timestamptz[], $14::text[],"
					" $15::text[], $16::text[], $17::text[]) AS v(" MOVE_NAMES
					", status, ended_at, end_kind, code, held, held_detail)" MOVE_WHERE,
	.n_args = 17,
	.types = {MOVE_TYPES, TEXTARRAYOID, TIMESTAMPTZARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
			  TEXTARRAYOID, TEXTARRAYOID}};

static StorePlan hold_plan = {
	.sql = "UPDATE campaign.enrollment e SET held = $3, held_detail = $4,"
		   " parked_due_at = COALESCE(e.parked_due_at, e.due_at), due_at = NULL"
		   " WHERE e.workspace_id = $1 AND e.id = ANY ($2)",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TEXTOID, TEXTOID}};

static void
read_row(Enrollment *row, int i)
{
	row->id = campaign_plan_int64(i, 1, 0);
	row->campaign = campaign_plan_int64(i, 2, 0);
	row->prospect = campaign_plan_int64(i, 3, 0);
	row->step = campaign_plan_int32(i, 4, 0);
	row->lap = campaign_plan_int32(i, 5, 1);
	row->halt = campaign_plan_int16(i, 6, 0);
	row->due_at = campaign_plan_time(i, 7);
	row->parked_due_at = campaign_plan_time(i, 8);
	row->base_at = campaign_plan_time(i, 9);
	row->step_at = campaign_plan_time(i, 10);
	row->started_at = campaign_plan_time(i, 11);
	row->action = campaign_plan_int64(i, 12, 0);
	row->facts = (uint64) campaign_plan_int64(i, 13, 0);
	row->held = campaign_plan_text(i, 14);
	row->held_detail = campaign_plan_text(i, 15);
	row->was_held = row->held != NULL;
	row->status = campaign_plan_text(i, 16);
	row->was_paused = strcmp(row->status, "paused") == 0;
	row->was_blocked = strcmp(row->status, "blocked") == 0;
	row->person = NULL;
	row->ended_at = DT_NOEND;
	row->end_kind = NULL;
	row->code = NULL;
}

static int
read_rows(int n, Enrollment **rows)
{
	int i;

	*rows = palloc(Max(n, 1) * sizeof(Enrollment));
	for (i = 0; i < n; i++)
		read_row(&(*rows)[i], i);
	SPI_freetuptable(SPI_tuptable);
	return n;
}

int
campaign_enrollments_claim_due(int64 workspace, TimestampTz now, int limit, bool read,
							   Fronts *fronts, Enrollment **rows)
{
	FrontLook look = campaign_fronts_look(fronts, FRONT_DUE_INSIDE, workspace, 0);
	Datum values[4] = {Int64GetDatum(workspace), TimestampTzGetDatum(now), Int32GetDatum(limit),
					   TimestampTzGetDatum(look.from)};
	int found = read_rows(
		campaign_plan_run(read ? &claim_read_plan : &claim_plan, values, NULL, false), rows);

	campaign_fronts_seen(&look, found > 0 ? (*rows)[0].due_at : now, 1);
	return found;
}

int
campaign_enrollments_read(int64 workspace, const int64 *ids, int n, Enrollment **rows)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};

	return read_rows(campaign_plan_run(&read_plan, values, NULL, false), rows);
}

int
campaign_enrollments_lock(int64 workspace, const int64 *ids, int n, Enrollment **rows)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};

	return read_rows(campaign_plan_run(&lock_plan, values, NULL, false), rows);
}

/* Position of a person in a list; the lists are short, but a round may have a thousand. */
typedef struct PersonSlot
{
	const char *person;
	int slot;
} PersonSlot;

static int
compare_persons(const void *a, const void *b)
{
	return strcmp(((const PersonSlot *) a)->person, ((const PersonSlot *) b)->person);
}

static int
compare_ids(const void *a, const void *b)
{
	int64 left = ((const Enrollment *) a)->id;
	int64 right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

static int
find_id(const void *key, const void *row)
{
	return -compare_ids(row, key);
}

int
campaign_enrollments_lock_persons(int64 workspace, char **persons, int n, Enrollment **rows,
								  bool *complete)
{
	PersonSlot *slots = palloc(Max(n, 1) * sizeof(PersonSlot));
	Column names;
	Datum values[2];
	int found;
	int64 *ids;
	char **owners;
	int locked;
	int i;

	campaign_column_init(&names, TEXTOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_text(&names, persons[i]);
		slots[i].person = persons[i];
		slots[i].slot = i;
		complete[i] = true;
	}
	qsort(slots, n, sizeof(PersonSlot), compare_persons);

	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&names);
	found = campaign_plan_run(&persons_plan, values, NULL, false);
	ids = palloc(Max(found, 1) * sizeof(int64));
	owners = palloc(Max(found, 1) * sizeof(char *));
	for (i = 0; i < found; i++)
	{
		ids[i] = campaign_plan_int64(i, 1, 0);
		owners[i] = campaign_plan_text(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);

	values[1] = campaign_column_ids(ids, found);
	locked = read_rows(campaign_plan_run(&try_lock_plan, values, NULL, false), rows);

	for (i = 0; i < found; i++)
	{
		Enrollment *row = bsearch(&ids[i], *rows, locked, sizeof(Enrollment), find_id);
		PersonSlot key = {owners[i], 0};
		PersonSlot *slot = bsearch(&key, slots, n, sizeof(PersonSlot), compare_persons);

		/* A row that is not there was locked, or has ended meanwhile: look again next time. */
		if (row == NULL)
			complete[slot->slot] = false;
		else
			row->person = owners[i];
	}
	return locked;
}

static bool
only_moves(const Enrollment *row)
{
	return row->end_kind == NULL && row->held == NULL && !row->was_held &&
		   (strcmp(row->status, "blocked") == 0) == row->was_blocked;
}

static void
add_move(Column *c, const Enrollment *row)
{
	campaign_column_add_int64(&c[0], row->id);
	campaign_column_add_int32(&c[1], row->step);
	campaign_column_add_int32(&c[2], row->lap);
	campaign_column_add_int32(&c[3], row->halt);
	campaign_column_add_time(&c[4], row->due_at);
	campaign_column_add_time(&c[5], row->parked_due_at);
	campaign_column_add_time(&c[6], row->base_at);
	campaign_column_add_time(&c[7], row->step_at);
	campaign_column_add_id(&c[8], row->action);
	campaign_column_add_int64(&c[9], (int64) row->facts);
}

static void
add_state(Column *c, const Enrollment *row)
{
	campaign_column_add_text(&c[0], row->status);
	campaign_column_add_time(&c[1], row->ended_at);
	campaign_column_add_text(&c[2], row->end_kind);
	campaign_column_add_text(&c[3], row->code);
	campaign_column_add_text(&c[4], row->held);
	campaign_column_add_text(&c[5], row->held_detail);
}

#define MOVE_COLUMNS 10
#define ALL_COLUMNS 16

/* Writes those of the rows that only move, or those that do not; how many. */
static int
write_rows(int64 workspace, Enrollment **rows, int n, bool moves)
{
	static const Oid types[ALL_COLUMNS] = {
		INT8OID,        INT4OID,        INT4OID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, INT8OID, TEXTOID,        TIMESTAMPTZOID,
		TEXTOID,        TEXTOID,        TEXTOID, TEXTOID};
	int columns = moves ? MOVE_COLUMNS : ALL_COLUMNS;
	Column c[ALL_COLUMNS];
	Datum values[ALL_COLUMNS + 1];
	int i;

	for (i = 0; i < columns; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		if (only_moves(rows[i]) != moves)
			continue;
		add_move(c, rows[i]);
		if (!moves)
			add_state(&c[MOVE_COLUMNS], rows[i]);
	}
	if (c[0].n == 0)
		return 0;
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < columns; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	return campaign_plan_run(moves ? &move_plan : &change_plan, values, NULL, false);
}

void
campaign_enrollments_write(int64 workspace, Enrollment **rows, int n)
{
	if (write_rows(workspace, rows, n, true) + write_rows(workspace, rows, n, false) != n)
		elog(ERROR, "enrollments that were locked are not there to be written");
}

void
campaign_enrollments_hold(int64 workspace, const int64 *ids, int n, const char *reason,
						  const char *detail)
{
	Datum values[4] = {Int64GetDatum(workspace), campaign_column_ids(ids, n),
					   CStringGetTextDatum(reason), CStringGetTextDatum(detail)};

	campaign_plan_run(&hold_plan, values, NULL, false);
}

int
campaign_enrollments_inside(int64 workspace, int64 campaign, const int64 *prospects, int n,
							bool all, Enrollment **rows)
{
	Datum values[4] = {Int64GetDatum(workspace), Int64GetDatum(campaign),
					   campaign_column_ids(prospects, n), BoolGetDatum(!all)};
	int found = campaign_plan_run(&inside_plan, values, NULL, false);
	int i;

	*rows = palloc(Max(found, 1) * sizeof(Enrollment));
	for (i = 0; i < found; i++)
	{
		read_row(&(*rows)[i], i);
		(*rows)[i].person = campaign_plan_text(i, 17);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

void
campaign_enrollments_imagine(int64 workspace, int64 campaign, const int64 *prospects, int n,
							 const ImaginedProspects *imagined, TimestampTz now, Enrollment *rows)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(prospects, n)};
	int found;
	int i;

	for (i = 0; i < n; i++)
		rows[i] = (Enrollment){.campaign = campaign,
							   .prospect = prospects[i],
							   .person = "",
							   .lap = 1,
							   .status = "in_progress",
							   .due_at = now,
							   .parked_due_at = DT_NOEND,
							   .base_at = now,
							   .step_at = now,
							   .started_at = now,
							   .ended_at = DT_NOEND};
	found = campaign_plan_run(&persons_of_plan, values, NULL, false);
	for (i = 0; i < found; i++)
		rows[campaign_plan_int32(i, 1, 0)].person = campaign_plan_text(i, 2);
	SPI_freetuptable(SPI_tuptable);
	for (i = 0; i < n; i++)
		if (prospects[i] < 0)
			rows[i].person = campaign_imagined_find(imagined, prospects[i])->person;
}
