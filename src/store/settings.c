/*
 * settings.c
 *		All settings of the extension, in alphabetical order.
 */
#include "store/settings.h"

#include "net/networks.h"
#include "store/clock.h"
#include "utils/guc.h"

Settings campaign_settings = {
	.actor = "",
	.batch_rows = 1000,
	.compiled_memory = 32768,
	.ca_file = "",
	.dispatchers = 1,
	.instance_token = "",
	.keep_events = 0,
	.keep_reports = 10080,
	.max_databases = 16,
	.now = "",
	.places = 64,
	.private_networks = "",
	.recheck = 300,
	.safety_poll = 60,
	.schedulers = 1,
	.secret_directory = "",
	.source_patience = 200,
	.source_timeout = 30000,
	.workspace = "default",
};

static void
define_of_sessions(void)
{
	DefineCustomStringVariable(
		"campaign.actor", "Names who acts on behalf of this session's role, for the audit only.",
		"Set it to the user of a pooled application. It grants nothing.", &campaign_settings.actor,
		"", PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomStringVariable(
		"campaign.now", "Fixes the clock of this session.",
		"An instant, or empty for the real time. Background workers ignore it.",
		&campaign_settings.now, "", PGC_SUSET, GUC_NOT_IN_SAMPLE, campaign_clock_check,
		campaign_clock_assign, NULL);

	DefineCustomStringVariable(
		"campaign.workspace", "Names the workspace that this session works in.", NULL,
		&campaign_settings.workspace, "default", PGC_USERSET, 0, NULL, NULL, NULL);
}

static bool
check_private_networks(char **newval, void **extra, GucSource source)
{
	NetNetworks networks;

	if (*newval == NULL || campaign_net_networks_read(*newval, &networks))
		return true;
	GUC_check_errdetail("It is a list of at most %d networks, by number, such as "
						"\"10.1.0.0/16, fd00::/8, ::1\".",
						NET_NETWORKS_MAX);
	return false;
}

static void
define_of_workers(void)
{
	DefineCustomIntVariable("campaign.batch_rows", "Rows that one round of a worker takes.", NULL,
							&campaign_settings.batch_rows, 1000, 100, 5000, PGC_SIGHUP, 0, NULL,
							NULL, NULL);

	DefineCustomStringVariable(
		"campaign.ca_file", "Authorities that gateways' certificates are held against.",
		"A file of PEM certificates, instead of the system's. Dispatchers read it when they start.",
		&campaign_settings.ca_file, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);

	DefineCustomIntVariable(
		"campaign.compiled_memory", "Memory of a process for compiled steps of campaigns.",
		"What a transaction needs at once is kept in any case.", &campaign_settings.compiled_memory,
		32768, 64, 1048576, PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);

	DefineCustomIntVariable("campaign.dispatchers", "Dispatchers of each database.",
							"They share the accounts. 0 stops everything that leaves, also to "
							"channels of transport outbox.",
							&campaign_settings.dispatchers, 1, 0, SETTINGS_DISPATCHERS_MAX,
							PGC_SIGHUP, 0, NULL, NULL, NULL);

	DefineCustomIntVariable(
		"campaign.keep_events", "How long events are kept at least.",
		"Up to a seventh of it more, and longer while nothing happens. 0 keeps them for ever.",
		&campaign_settings.keep_events, 0, 0, 10 * 366 * 24 * 60, PGC_SIGHUP, GUC_UNIT_MIN, NULL,
		NULL, NULL);

	DefineCustomIntVariable(
		"campaign.keep_reports", "How long reports of providers are kept as they came.",
		"They hold addresses of people. 0 keeps none.", &campaign_settings.keep_reports, 10080, 0,
		525600, PGC_SIGHUP, GUC_UNIT_MIN, NULL, NULL, NULL);

	DefineCustomIntVariable("campaign.places", "Requests that a dispatcher may have in flight.",
							"Fewer places are not taken from requests that are under way.",
							&campaign_settings.places, 64, 1, 1024, PGC_SIGHUP, 0, NULL, NULL,
							NULL);

	DefineCustomStringVariable(
		"campaign.private_networks", "Networks that channels may reach, though not public.",
		"A list as 10.1.0.0/16, ::1. A channel reaches them if its option allow_private is set, too.",
		&campaign_settings.private_networks, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY,
		check_private_networks, NULL, NULL);

	DefineCustomIntVariable(
		"campaign.recheck", "Time between looks at conditions that no event announces.", NULL,
		&campaign_settings.recheck, 300, 1, 86400, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);

	DefineCustomIntVariable(
		"campaign.safety_poll", "Time between looks for work that nobody announced.",
		"Whatever makes work wakes the workers when it commits; this bounds "
		"how long they miss what could not, such as a prepared transaction.",
		&campaign_settings.safety_poll, 60, 1, 3600, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
}

static void
define_of_schedulers(void)
{
	DefineCustomIntVariable("campaign.schedulers", "Schedulers of each database.",
							"They share the workspaces, and help each other out.",
							&campaign_settings.schedulers, 1, 1, SETTINGS_SCHEDULERS_MAX,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
}

static void
define_of_secrets(void)
{
	DefineCustomStringVariable(
		"campaign.secret_directory", "Folder of files that hold secrets.",
		"Absolute. Each workspace has a folder of its name in it, and in that the files that "
		"set_secret_file() names.",
		&campaign_settings.secret_directory, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
}

/* A superuser may set them in a session, for those of virtual time read sources themselves. */
static void
define_of_sources(void)
{
	DefineCustomIntVariable(
		"campaign.source_patience", "How long rounds wait for the rows of an audience's source.",
		"Whoever the rows are about waits when it takes longer, and others go on.",
		&campaign_settings.source_patience, 200, 10, 10000, PGC_SUSET, GUC_UNIT_MS, NULL, NULL,
		NULL);

	DefineCustomIntVariable("campaign.source_timeout",
							"How long a look at all of an audience's source may take.", NULL,
							&campaign_settings.source_timeout, 30000, 10, 3600000, PGC_SUSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
}

static void
define_of_server(void)
{
	DefineCustomStringVariable(
		"campaign.instance_token", "Tells this server from copies of it: see arm().",
		"Give it from outside the data directory, where no copy of that takes it along. Empty: the "
		"machine and the path of the data directory do.",
		&campaign_settings.instance_token, "", PGC_POSTMASTER,
		GUC_SUPERUSER_ONLY | GUC_DISALLOW_IN_AUTO_FILE, NULL, NULL, NULL);

	DefineCustomIntVariable(
		"campaign.max_databases", "Databases that workers serve at once.",
		"Each takes campaign.schedulers and campaign.dispatchers worker processes "
		"of max_worker_processes.",
		&campaign_settings.max_databases, 16, 1, 1024, PGC_POSTMASTER, 0, NULL, NULL, NULL);
}

void
campaign_settings_define(bool preloading)
{
	define_of_sessions();
	define_of_workers();
	define_of_schedulers();
	define_of_secrets();
	define_of_sources();
	if (preloading)
		define_of_server();
	MarkGUCPrefixReserved("campaign");
}
