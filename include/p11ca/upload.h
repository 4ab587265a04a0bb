/*
 * upload.h - bytes to a service that speaks S3 (libcurl, signature version 4).
 */
#ifndef P11CA_UPLOAD_H
#define P11CA_UPLOAD_H

#include "p11ca/bytes.h"
#include "p11ca/fault.h"

/* Where to, and as whom.  Texts are borrowed. */
struct upload_place {
	const char *endpoint; /* "https://s3.example.com" */
	const char *region;
	const char *access_key;
	const char *secret_file; /* the secret access key, of mode 0600 */
};

/* What: PUT ENDPOINT/BUCKET/KEY.  Borrowed. */
struct upload_object {
	const char *bucket;
	const char *key;  /* any text; its slashes stay slashes */
	const char *type; /* media type */
	const char *acl;  /* x-amz-acl, or NULL */
	struct bytes content;
};

/*
 * Put it there; no redirection is followed, a certificate of the service is
 * verified, the content is part of the signature.  The secret is read, used
 * and wiped.  Not reached, or an answer other than 2xx: FAULT_REQUEST_FAILED
 * with what the service called it.
 */
MUST_CHECK bool upload_put(const struct upload_place *place,
    const struct upload_object *object, struct fault *f);

#endif
