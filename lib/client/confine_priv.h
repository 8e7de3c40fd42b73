/* The mechanisms behind confine.h. Each returns 0 if the kernel or the build does not have it. */
#ifndef CLIENT_CONFINE_PRIV_H
#define CLIENT_CONFINE_PRIV_H

#include "client/confine.h"

/* Landlock, after no_new_privs: its ABI version. */
int confine_landlock(const struct confine *c);

/* seccomp, after no_new_privs: 1. */
int confine_seccomp(const struct confine *c);

/* pledge and unveil: 1. */
int confine_pledge(const struct confine *c);

#endif
