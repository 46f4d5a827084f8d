/*
 * access.h
 *		What roles may do in which workspace: the rows of campaign.access.
 *
 * They are read as the extension's owner. A role has the rights of every row whose role it can act as
 * without SET ROLE, like a grant; the extension's owner and superusers have all rights everywhere. Which
 * role asks, and which workspace is meant, is api/rights.
 */
#ifndef CAMPAIGN_ACCESS_H
#define CAMPAIGN_ACCESS_H

#include "postgres.h"

/* viewer < operator < admin; agent and callback stand apart, and operators may do what they do. */
typedef enum AccessLevel
{
	LEVEL_VIEWER = 1 << 0,
	LEVEL_OPERATOR = 1 << 1,
	LEVEL_ADMIN = 1 << 2,
	LEVEL_AGENT = 1 << 3,
	LEVEL_CALLBACK = 1 << 4
} AccessLevel;

#define LEVELS_OF_OPERATOR (LEVEL_VIEWER | LEVEL_OPERATOR | LEVEL_AGENT | LEVEL_CALLBACK)
#define LEVELS_ALL (LEVELS_OF_OPERATOR | LEVEL_ADMIN)

/* A level by name, and all that who has it may do. */
typedef struct AccessLevelName
{
	const char *name;
	AccessLevel level;
	unsigned includes;
} AccessLevelName;

/* What a role may do in one workspace. */
typedef struct Rights
{
	int64 workspace; /* 0 = there is none of that name */
	char *name;
	unsigned levels; /* AccessLevel bits */
} Rights;

/* All workspaces in which a role has any rights, ordered by name. */
typedef struct RightsList
{
	Rights *items;
	int n;
} RightsList;

/* A member for whom a role works as an agent. */
typedef struct AgentMember
{
	int64 workspace;
	int64 member;
} AgentMember;

/* A level by name; an error if there is none of it. */
extern const AccessLevelName *campaign_access_level(const char *name);

/* The highest of the levels held, for people. */
extern const char *campaign_access_highest(unsigned levels);

/* What the role may do in the workspace of this name, and in all of them. */
extern Rights campaign_access_rights(Oid user, const char *name);
extern RightsList campaign_access_list(Oid user);

/* For whom it works as an agent; how many. Nobody, for who has all rights. */
extern int campaign_access_agents(Oid user, AgentMember **members);

#endif
