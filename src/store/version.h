/*
 * version.h
 *		The version that this library was compiled as. The build passes it from campaign.control;
 *		the value here serves tools that compile a file alone.
 */
#ifndef CAMPAIGN_VERSION_H
#define CAMPAIGN_VERSION_H

#ifndef CAMPAIGN_VERSION
#define CAMPAIGN_VERSION "1.1"
#endif

#endif
