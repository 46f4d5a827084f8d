/*
 * replay.c
 *		Gives the files of a corpus to a fuzzer, one after the other, for `make test`: what once broke it does
 *		not break it again. Prints TAP.
 */
#include <dirent.h>
#include <stdio.h>

#include "fuzz.h"

static int n_files;

static void
replay_file(const char *folder, const char *name)
{
	char path[4096];
	unsigned char *bytes;
	FILE *file;
	long size;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	hold(file != NULL);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	/* not a byte more: what is read behind the end is found */
	bytes = malloc((size_t) size);
	hold(fread(bytes, 1, (size_t) size, file) == (size_t) size);
	fclose(file);
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(bytes, (size_t) size);
	free(bytes);
	n_files++;
}

int
main(int argc, char **argv)
{
	unsigned char nothing = 0;

	LLVMFuzzerTestOneInput(&nothing, 0);
	for (int i = 1; i < argc; i++)
	{
		struct dirent **entries;
		int n = scandir(argv[i], &entries, NULL, alphasort);

		/* in order, since some find only what another has left behind */
		hold(n >= 0);
		for (int e = 0; e < n; e++)
		{
			if (entries[e]->d_name[0] != '.')
				replay_file(argv[i], entries[e]->d_name);
			free(entries[e]);
		}
		free(entries);
	}
	printf("%s 1 - %d files of the corpus are taken\n1..1\n", n_files > 0 ? "ok" : "not ok",
		   n_files);
	return n_files > 0 ? 0 : 1;
}
