/*
 * yield.h
 *		Making way for statements that want a database for themselves.
 *
 * DROP DATABASE, ALTER DATABASE ... RENAME TO or SET TABLESPACE, and CREATE DATABASE ... TEMPLATE wait
 * 5 s for others to leave the database, and then fail. Before they run, the workers of that database
 * are ended, if the user owns it; they come back later than that, if it is still there.
 */
#ifndef CAMPAIGN_YIELD_H
#define CAMPAIGN_YIELD_H

/* In _PG_init while preloading. */
extern void campaign_yield_install(void);

#endif
