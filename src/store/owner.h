/*
 * owner.h
 *		Acting as the extension's owner, and what pg_extension says of the extension.
 *
 * State tables are granted to nobody: whatever has checked the caller's rights reads and writes them
 * between enter and leave. An error in between needs no leave: the abort of the (sub)transaction
 * restores the user.
 *
 * The search_path in between is pg_catalog, whatever the session's is: an operator of a statement that
 * somebody else could put before that of the server would run as the owner.
 */
#ifndef CAMPAIGN_OWNER_H
#define CAMPAIGN_OWNER_H

#include "postgres.h"

typedef struct OwnerScope
{
	Oid user;     /* who was the current user before */
	int context;  /* and in which security context */
	int settings; /* the level of settings that search_path is set in */
} OwnerScope;

typedef struct OwnerExtension
{
	Oid id;
	Oid owner;
	char version[64]; /* as in pg_extension, cut off at the end */
} OwnerExtension;

/* What pg_extension says now, read afresh; false if the extension is not in this database. */
extern bool campaign_owner_find(OwnerExtension *extension);

/* The owner of the extension; an error if it is not in this database. */
extern Oid campaign_owner_id(void);

/* Switches to the owner, in a context in which no user's code can make itself at home. */
extern void campaign_owner_enter(OwnerScope *scope);
extern void campaign_owner_leave(const OwnerScope *scope);

#endif
