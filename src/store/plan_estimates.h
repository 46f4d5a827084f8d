/*
 * plan_estimates.h
 *		What the planner is told of a workspace while it plans statements of store/plan.h.
 *
 * They are planned once for all workspaces, so by itself the planner takes a workspace for as large as the
 * average of them. One with a million rows beside thousands of small ones is then read as a whole where its rows
 * should be looked up one by one, and joined with arrays row by row: a plan for few rows is ruinous for many, a
 * plan for many costs nothing with few. So all are planned for a workspace that has the table to itself.
 * Statements of users are planned by what the server knows.
 */
#ifndef CAMPAIGN_PLAN_ESTIMATES_H
#define CAMPAIGN_PLAN_ESTIMATES_H

#include "postgres.h"

/* When the library is loaded. */
extern void campaign_plan_estimates_install(void);

/* Whether what is planned from now on is planned so; returns what was before, to be set again also after an error. */
extern bool campaign_plan_estimates_use(bool use);

#endif
