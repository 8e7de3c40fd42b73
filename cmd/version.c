#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "cmd/version.h"

#include <time.h>

#include "auth/mech.h"
#include "auth/sasl.h"
#include "base/buf.h"
#include "base/compat.h"
#include "cmd/verb.h"
#include "wire/deflate.h"
#include "wire/tls.h"

void
version_show(struct buf *b)
{
	buf_adds(b, PACKAGE_STRING "\n");
	buf_addf(b, "libraries: GnuTLS %s, GNU SASL %s, zlib %s", tls_library(), sasl_library(),
		deflate_library());
#ifdef LIBBSD_VERSION
	buf_adds(b, ", libbsd " LIBBSD_VERSION);
#endif
	buf_adds(b, "\napplets:");
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		buf_addf(b, " %s", ap->name);
	buf_adds(b, "\nfeatures: TLS STARTTLS PKCS#11 LMTP COMPRESS=DEFLATE,GZIP,XZVER SMTPUTF8 "
		    "CHUNKING DSN "
		    "IPv6\nlogin:");
	mech_names(b);
	buf_addf(b, "\nseconds: %u bits\nreplaced:%s\n", (unsigned)(sizeof(time_t) * 8),
		compat_used()[0] != '\0' ? compat_used() : " nothing");
}
