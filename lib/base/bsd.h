/*
 * bsd: arc4random_buf, strlcat, strlcpy and vis. The C libraries of the BSDs and of macOS have them; elsewhere they
 * are in libbsd.
 */
#ifndef BASE_BSD_H
#define BASE_BSD_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifdef LIBBSD_VERSION
#include <bsd/stdlib.h>
#include <bsd/string.h>
#define LIBBSD_OPENBSD_VIS /* bsd/vis.h requires a choice between two forms of strnvis, which is not used */
#include <bsd/vis.h>
#else
#include <stdlib.h>
#include <string.h>
#include <vis.h>
#endif

#endif
