/*
 * settings.h
 *		All settings of the extension, campaign.*, in one place.
 *
 * Fields are read directly and written only by the server's own SET. They keep their defaults in a
 * process whose library was loaded without a server (tests of single files), too.
 */
#ifndef CAMPAIGN_SETTINGS_H
#define CAMPAIGN_SETTINGS_H

#include "postgres.h"

/* Schedulers and dispatchers of one database. */
#define SETTINGS_SCHEDULERS_MAX 4
#define SETTINGS_DISPATCHERS_MAX 8

typedef struct Settings
{
	char *actor;          /* who acts, for the audit only; empty = the role */
	int batch_rows;       /* rows of a round */
	int compiled_memory;  /* kB of a process for compiled steps */
	char *ca_file;        /* authorities trusted instead of the system's, "" = none */
	int dispatchers;      /* of each database */
	char *instance_token; /* what tells this server from copies of it, "" = machine and directory */
	int keep_events;      /* minutes for which events are kept at least, 0 = for ever */
	int keep_reports;     /* minutes for which reports of providers are kept as they came */
	int max_databases;    /* databases that workers serve at once */
	char *now;            /* canonical text of a fixed clock, or empty: read it by clock.h */
	int places;           /* requests in flight of a dispatcher */
	/* that channels may reach, though not public: net/networks.h */
	char *private_networks;
	/* of files that hold secrets, "" = there are none */
	char *secret_directory;
	int schedulers;      /* of each database */
	int recheck;         /* s between looks at conditions that no event announces */
	int safety_poll;     /* s between looks for work that nobody announced */
	int source_patience; /* ms */
	int source_timeout;  /* ms */
	char *workspace;     /* name of the workspace that this session works in */
} Settings;

extern Settings campaign_settings;

/* Defines all settings. preloading: also those that are fixed when the server starts. */
extern void campaign_settings_define(bool preloading);

#endif
