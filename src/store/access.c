/*
 * access.c
 *		What roles may do in which workspace, as stored.
 */
#include "store/access.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "store/owner.h"
#include "store/plan.h"

/* From the highest on. */
static const AccessLevelName level_names[] = {
	{"admin", LEVEL_ADMIN, LEVELS_ALL},           {"operator", LEVEL_OPERATOR, LEVELS_OF_OPERATOR},
	{"viewer", LEVEL_VIEWER, LEVEL_VIEWER},       {"agent", LEVEL_AGENT, LEVEL_AGENT},
	{"callback", LEVEL_CALLBACK, LEVEL_CALLBACK},
};

static StorePlan all_workspaces = {
	.sql = "SELECT w.id, w.name FROM campaign.workspace w ORDER BY w.name", .n_args = 0};

static StorePlan access_rows = {
	.sql = "SELECT w.id, w.name, a.role::pg_catalog.text, a.level FROM campaign.access a"
		   " JOIN campaign.workspace w ON w.id = a.workspace_id ORDER BY w.name",
	.n_args = 0};

static StorePlan one_workspace = {
	.sql = "SELECT w.id, w.name, a.role::pg_catalog.text, a.level FROM campaign.workspace w"
		   " LEFT JOIN campaign.access a ON a.workspace_id = w.id WHERE w.name = $1",
	.n_args = 1,
	.types = {TEXTOID}};

static StorePlan agent_rows = {
	.sql = "SELECT a.workspace_id, a.member_id, a.role::pg_catalog.text, a.level"
		   " FROM campaign.access a WHERE a.level = 'agent'",
	.n_args = 0};

const AccessLevelName *
campaign_access_level(const char *name)
{
	for (size_t i = 0; i < lengthof(level_names); i++)
		if (strcmp(level_names[i].name, name) == 0)
			return &level_names[i];
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown level \"%s\"", name),
			errhint("Levels are viewer, operator, agent, callback and admin."));
}

const char *
campaign_access_highest(unsigned levels)
{
	for (size_t i = 0; i < lengthof(level_names); i++)
		if ((levels & level_names[i].includes) == level_names[i].includes)
			return level_names[i].name;
	return "none";
}

/* What a row of access (columns 3 and 4 of the last result) gives to the user. */
static unsigned
levels_of_row(int row, Oid user)
{
	char *role = campaign_plan_text(row, 3);
	Oid role_id;

	if (role == NULL)
		return 0;
	/* A role that was dropped keeps its row until revoke_access(), and nobody has its rights. */
	role_id = get_role_oid(role, true);
	if (!OidIsValid(role_id) || !has_privs_of_role(user, role_id))
		return 0;
	return campaign_access_level(campaign_plan_text(row, 4))->includes;
}

/* The caller is in an OwnerScope, where the current user is the extension's owner. */
static bool
is_unrestricted(Oid user)
{
	return superuser_arg(user) || user == GetUserId();
}

Rights
campaign_access_rights(Oid user, const char *name)
{
	Datum values[1] = {CStringGetTextDatum(name)};
	Rights rights = {0, pstrdup(name), 0};
	OwnerScope scope;
	int rows;

	campaign_owner_enter(&scope);
	SPI_connect();
	rows = campaign_plan_run(&one_workspace, values, NULL, true);
	for (int row = 0; row < rows; row++)
	{
		rights.workspace = campaign_plan_int64(row, 1, 0);
		rights.levels |= is_unrestricted(user) ? LEVELS_ALL : levels_of_row(row, user);
	}
	SPI_finish();
	campaign_owner_leave(&scope);
	return rights;
}

/* Lists in the context of the caller, which is not the current one while SPI is connected. */
RightsList
campaign_access_list(Oid user)
{
	MemoryContext context = CurrentMemoryContext;
	RightsList list = {NULL, 0};
	OwnerScope scope;
	bool unrestricted;
	int rows;

	campaign_owner_enter(&scope);
	SPI_connect();
	unrestricted = is_unrestricted(user);
	rows = campaign_plan_run(unrestricted ? &all_workspaces : &access_rows, NULL, NULL, true);
	list.items = MemoryContextAlloc(context, sizeof(Rights) * Max(rows, 1));
	for (int row = 0; row < rows; row++)
	{
		int64 workspace = campaign_plan_int64(row, 1, 0);
		unsigned levels = unrestricted ? LEVELS_ALL : levels_of_row(row, user);

		if (levels == 0)
			continue;
		if (list.n == 0 || list.items[list.n - 1].workspace != workspace)
		{
			list.items[list.n].workspace = workspace;
			list.items[list.n].name = MemoryContextStrdup(context, campaign_plan_text(row, 2));
			list.items[list.n++].levels = 0;
		}
		list.items[list.n - 1].levels |= levels;
	}
	SPI_finish();
	campaign_owner_leave(&scope);
	return list;
}

int
campaign_access_agents(Oid user, AgentMember **members)
{
	MemoryContext context = CurrentMemoryContext;
	OwnerScope scope;
	int rows;
	int n = 0;

	campaign_owner_enter(&scope);
	SPI_connect();
	rows = is_unrestricted(user) ? 0 : campaign_plan_run(&agent_rows, NULL, NULL, true);
	*members = MemoryContextAlloc(context, sizeof(AgentMember) * Max(rows, 1));
	for (int row = 0; row < rows; row++)
	{
		if (levels_of_row(row, user) == 0)
			continue;
		(*members)[n].workspace = campaign_plan_int64(row, 1, 0);
		(*members)[n++].member = campaign_plan_int64(row, 2, 0);
	}
	SPI_finish();
	campaign_owner_leave(&scope);
	return n;
}
