/* The mechanisms that confine_enter uses. Each returns 0 if the kernel or the build does not have it. */
#ifndef CLIENT_CONFINE_PRIV_H
#define CLIENT_CONFINE_PRIV_H

#include "client/confine.h"

/* Restrict files with Landlock; needs no_new_privs. Returns the ABI version in force. */
int confine_landlock(const struct confine *c);

/* Restrict system calls with seccomp; needs no_new_privs. Returns 1. */
int confine_seccomp(const struct confine *c);

/* Restrict files and system calls with unveil and pledge. Returns 1. */
int confine_pledge(const struct confine *c);

#endif
