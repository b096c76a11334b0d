#ifndef CLI_CONFIG_VALUE_H
#define CLI_CONFIG_VALUE_H
/* What the value of each setting must look like, and where it goes in the config: a function for
   each key of config.c's table. Private to config*.c. */

#include "cli/config.h"

/* All the same: false with why, in words without the key, when the value is none. The value lives
   as long as the config. */
bool config_value_route(struct config *c, const char *value, const char **why);
bool config_value_hostname(struct config *c, const char *value, const char **why);
bool config_value_mail_name(struct config *c, const char *value, const char **why);
bool config_value_aliases(struct config *c, const char *value, const char **why);
bool config_value_virtual(struct config *c, const char *value, const char **why);
bool config_value_timeout(struct config *c, const char *value, const char **why);
bool config_value_parallel(struct config *c, const char *value, const char **why);
bool config_value_resolver(struct config *c, const char *value, const char **why);
bool config_value_dnssec(struct config *c, const char *value, const char **why);
bool config_value_trust_anchor(struct config *c, const char *value, const char **why);
bool config_value_size_max(struct config *c, const char *value, const char **why);
bool config_value_temporary_folder(struct config *c, const char *value, const char **why);
bool config_value_tls(struct config *c, const char *value, const char **why);
bool config_value_dane_insecure_mx(struct config *c, const char *value, const char **why);
bool config_value_mta_sts(struct config *c, const char *value, const char **why);
bool config_value_cache_folder(struct config *c, const char *value, const char **why);
bool config_value_tlsrpt_folder(struct config *c, const char *value, const char **why);
bool config_value_ca_file(struct config *c, const char *value, const char **why);

#endif
