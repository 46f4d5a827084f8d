/*
 * secrets.c
 *		Secrets that are kept in files, and keeping them out of what the server tells of statements.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "storage/fd.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"

#include "store/settings.h"

/* A certificate with its chain fits. */
#define SECRET_FILE_MAX 65536

#define HIDDEN_STATEMENT "SELECT campaign.set_secret(...)"

PG_FUNCTION_INFO_V1(campaign_api_hide_statement);
PG_FUNCTION_INFO_V1(campaign_api_secret_file);
PG_FUNCTION_INFO_V1(campaign_api_has_secret_file);

/*
 * hide_statement(): from here on pg_stat_activity, and the line STATEMENT of an error, show something
 * else than what the session has sent, which has a secret in it. What log_statement writes was written
 * before.
 */
Datum
campaign_api_hide_statement(PG_FUNCTION_ARGS)
{
	static const char hidden[] = HIDDEN_STATEMENT;

	if (debug_query_string != NULL)
	{
		debug_query_string = hidden;
		pgstat_report_activity(STATE_RUNNING, hidden);
	}
	PG_RETURN_BOOL(true);
}

/* One part of a path, and none that leads elsewhere. */
static bool
is_plain_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strpbrk(name, "/\\") == NULL;
}

/* The bytes of a file, or NULL; opened so that nothing of another kind than a file makes it wait. */
static char *
read_whole(const char *path, size_t *size)
{
	int fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	struct stat about;
	char *bytes = NULL;
	ssize_t n;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0 &&
		about.st_size <= SECRET_FILE_MAX)
	{
		bytes = palloc(about.st_size);
		n = read(fd, bytes, about.st_size);
		*size = (size_t) Max(n, 0);
	}
	CloseTransientFile(fd);
	return bytes;
}

/*
 * What is in DIRECTORY/WORKSPACE/FILE without the line's end, DIRECTORY being the setting
 * campaign.secret_directory. NULL where there is no such file, or it holds no text: a secret that cannot be
 * read is one that is not set. Nothing of the path or of the bytes is ever said.
 */
static text *
read_secret(FunctionCallInfo fcinfo)
{
	char *workspace = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char *file = text_to_cstring(PG_GETARG_TEXT_PP(1));
	const char *directory = campaign_settings.secret_directory;
	size_t size = 0;
	char *bytes;

	if (directory[0] != '/' || !is_plain_name(workspace) || !is_plain_name(file))
		return NULL;
	bytes = read_whole(psprintf("%s/%s/%s", directory, workspace, file), &size);
	while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
		size--;
	if (size == 0 || memchr(bytes, '\0', size) != NULL ||
		!pg_verify_mbstr(GetDatabaseEncoding(), bytes, (int) size, true))
		return NULL;
	return cstring_to_text_with_len(bytes, (int) size);
}

/* secret_file(workspace, file): the text of it, or NULL. */
Datum
campaign_api_secret_file(PG_FUNCTION_ARGS)
{
	text *secret = read_secret(fcinfo);

	if (secret == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(secret);
}

/* has_secret_file(workspace, file): whether there is one that can be read. */
Datum
campaign_api_has_secret_file(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(read_secret(fcinfo) != NULL);
}
