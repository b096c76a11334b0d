#include "cli/tlsrpt_mail.h"

#include "base/arena.h"
#include "mail/encode.h"

enum { DAY = 24 * 3600 };

/* Base64 in lines; encode ends them with CRLF. */
static void attach(struct buf *out, const struct buf *packed)
{
	struct encoder e;
	struct buf lines;

	buf_init(&lines, TLSRPT_MAIL_MAX);
	encode_begin(&e, CODING_BASE64);
	encode_take(&e, &lines, packed->bytes, packed->size);
	encode_end(&e, &lines);
	out->failed |= lines.failed;
	for (size_t i = 0; i < lines.size; i++) {
		if (lines.bytes[i] != '\r')
			buf_add(out, &lines.bytes[i], 1);
	}
	buf_free(&lines);
}

void tlsrpt_mail(struct arena *a, struct buf *out, const struct tlsrpt_reporter *by,
                 const char *domain, const char *from, const char *to, const struct buf *packed)
{
	/* "=_" is in no base64, and in no line of ours */
	static const char boundary[] = "=_tlsrpt";
	const char *id = tlsrpt_report_id(a, by, domain);

	buf_printf(out, "From: <%s>\nTo: <%s>\n", from, to);
	buf_printf(out, "Subject: Report Domain: %s\n Submitter: %s\n Report-ID: <%s>\n", domain,
	           by->submitter, id);
	buf_printf(out, "TLS-Report-Domain: %s\nTLS-Report-Submitter: %s\n", domain, by->submitter);
	buf_text(out, "TLS-Required: No\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n");
	buf_printf(out,
	           "Content-Type: multipart/report; report-type=\"tlsrpt\";\n"
	           " boundary=\"%s\"\n\n",
	           boundary);
	buf_printf(out,
	           "--%s\nContent-Type: text/plain; charset=us-ascii\n\n"
	           "This is a report on the TLS sessions of %s with the mail servers of\n%s,"
	           " as RFC 8460 describes it.\n\n",
	           boundary, by->submitter, domain);
	buf_printf(out,
	           "--%s\nContent-Type: application/tlsrpt+gzip\n"
	           "Content-Transfer-Encoding: base64\nContent-Disposition: attachment;\n"
	           " filename=\"%s!%s!%lld!%lld.json.gz\"\n\n",
	           boundary, by->submitter, domain, (long long)by->begin,
	           (long long)by->begin + DAY - 1);
	attach(out, packed);
	buf_printf(out, "--%s--\n", boundary);
}
