/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the 29 IXIT tables with their columns, and the life of the model. What stands in a column is for the
 * writers in ixit_*.c; how it looks for ixit_write.c.
 */
#include "product/ixit.h"

#include "core/base/mem.h"
#include "product/ixit_tables.h"
#include "core/base/banned.h"

/* All texts of a declaration, each several times, and references between its longest lists. */
#define TEXTS_MAX (8 * 1024 * 1024)

#define DESCRIPTION "Description"
#define GUARANTEES "Security Guarantees"
#define CRYPTO "Cryptographic Details"
#define COMMUNICATION "Secure Communication Mechanisms"
#define INITIATION "Initiation and Interaction"
#define STATUS "Status"
#define TYPE "Type"

const struct ixit_table ixit_tables[IXIT_TABLES] = {
	{1,
	 "AuthMech",
	 "ways in which a user or a machine is let in",
	 {DESCRIPTION, "Default Status", "Authentication Factor", "Password Generation Mechanism", GUARANTEES, CRYPTO,
	  "Brute Force Prevention"},
	 ixit_access_auth_mech,
	 FACT_CRYPTO_AUTH,
	 "credentials"},
	{2,
	 "UserInfo",
	 "what the user is told, and where (one record)",
	 {"Documentation of Change Mechanisms", "Documentation of Replacement", "Documentation of Sensors",
	  "Documentation of Secure Setup", "Documentation of Setup Check", "Documentation of Maintenance Check",
	  "Documentation of Personal Data", "Documentation of Telemetry Data", "Documentation of Deletion",
	  "Model Designation", "Support Period", "Publication of Support Period",
	  "Publication of Vulnerability Disclosure Policy", "Publication of Non-Updatable"},
	 ixit_care_user_info,
	 FACT_COUNT,
	 "documents"},
	{3,
	 "VulnTypes",
	 "kinds of vulnerabilities and what is done about each",
	 {DESCRIPTION, "Action", "Time Frame"},
	 ixit_care_vuln_types,
	 FACT_COUNT,
	 "disclosure.handling or update.fix_days"},
	{4,
	 "Conf",
	 "what the supplier confirms about its organisation (one record)",
	 {"Confirmation of Vulnerability Actions", "Confirmation of Vulnerability Monitoring",
	  "Confirmation of Update Procedures", "Confirmation of Secure Management",
	  "Confirmation of Secure Development"},
	 ixit_care_conf,
	 FACT_COUNT,
	 "confirmations"},
	{5,
	 "VulnMon",
	 "how vulnerabilities are watched for, found and mended",
	 {DESCRIPTION},
	 ixit_care_vuln_mon,
	 FACT_COUNT,
	 "disclosure.monitoring"},
	{6,
	 "SoftComp",
	 "software components and how each is updated",
	 {DESCRIPTION, "Update Mechanism", "Cryptographic Usage"},
	 ixit_care_soft_comp,
	 FACT_COUNT,
	 "components"},
	{7,
	 "UpdMech",
	 "update mechanisms",
	 {DESCRIPTION, GUARANTEES, CRYPTO, INITIATION, "Configuration", "Update Checking", "User Notification"},
	 ixit_care_upd_mech,
	 FACT_HAS_UPDATE,
	 "update.mechanism"},
	{8,
	 "UpdProc",
	 "how security updates are made ready in time",
	 {DESCRIPTION, "Time Frame"},
	 ixit_care_upd_proc,
	 FACT_HAS_UPDATE,
	 "update.procedures or update.fix_days"},
	{9,
	 "ReplSup",
	 "isolation and replacement of what cannot be updated (one record)",
	 {"Isolation", "Hardware Replacement"},
	 ixit_care_repl_sup,
	 FACT_COUNT,
	 "replacement"},
	{10,
	 "SecParam",
	 "security parameters kept on the product",
	 {DESCRIPTION, TYPE, GUARANTEES, "Protection Scheme", "Provisioning Mechanism", COMMUNICATION,
	  "Generation Mechanism"},
	 ixit_access_sec_param,
	 FACT_STORED_SSP,
	 "security_parameters"},
	{11,
	 "SecComMech",
	 "secure communication mechanisms",
	 {DESCRIPTION, "Interface", GUARANTEES, CRYPTO},
	 ixit_access_sec_com_mech,
	 FACT_COUNT,
	 "channels"},
	{12,
	 "NetSecImpl",
	 "reviewed implementations of network and security functions",
	 {DESCRIPTION, "Review/Evaluation Method", "Report"},
	 ixit_access_net_sec_impl,
	 FACT_COUNT,
	 "implementations"},
	{13,
	 "SoftServ",
	 "software services, one row for each port that answers",
	 {DESCRIPTION, STATUS, "Justification", "Allows Configuration", "Authentication Mechanism"},
	 ixit_surface_soft_serv,
	 FACT_COUNT,
	 "listeners"},
	{14,
	 "SecMgmt",
	 "management of critical security parameters over their life",
	 {DESCRIPTION},
	 ixit_access_sec_mgmt,
	 FACT_HAS_CSP,
	 "parameter_care"},
	{15,
	 "PhyIntf",
	 "physical interfaces, physical debug ports among them",
	 {DESCRIPTION, TYPE, STATUS, "Debug Interface", "Protection"},
	 ixit_surface_phy_intf,
	 FACT_COUNT,
	 "interfaces.physical"},
	{16,
	 "CodeMin",
	 "how code is kept to what is needed",
	 {DESCRIPTION},
	 ixit_surface_code_min,
	 FACT_COUNT,
	 "practices.code_minimisation"},
	{17,
	 "PrivlCtrl",
	 "how programs get the least privileges",
	 {DESCRIPTION},
	 ixit_surface_privl_ctrl,
	 FACT_COUNT,
	 "practices.privilege_control"},
	{18,
	 "AccCtrl",
	 "access control of memory by hardware",
	 {DESCRIPTION},
	 ixit_surface_acc_ctrl,
	 FACT_COUNT,
	 "practices.memory_control"},
	{19,
	 "SecDev",
	 "how the product is developed securely",
	 {DESCRIPTION},
	 ixit_surface_sec_dev,
	 FACT_COUNT,
	 "practices.secure_development"},
	{20,
	 "SecBoot",
	 "how software is checked before it runs, and what follows a detection",
	 {DESCRIPTION, GUARANTEES, "Detection Mechanisms", "User Notification", "Notification Functionality"},
	 ixit_care_sec_boot,
	 FACT_COUNT,
	 "secure_boot"},
	{21,
	 "PersData",
	 "personal data",
	 {DESCRIPTION, "Purpose", "Aggregation", "Authorized Parties", "Lifecycle", "Processing Activities",
	  COMMUNICATION, "Sensitive", "Obtaining Consent", "Withdrawing Consent", "Storing Consent", "Anonymization"},
	 ixit_data_pers_data,
	 FACT_PERSONAL_DATA,
	 "personal_data"},
	{22, "ExtSens", "what the product can sense", {DESCRIPTION}, ixit_data_ext_sens, FACT_SENSORS, "sensors"},
	{23,
	 "ResMech",
	 "mechanisms against outages of network and power",
	 {DESCRIPTION, TYPE, GUARANTEES},
	 ixit_data_res_mech,
	 FACT_COUNT,
	 "outage"},
	{24,
	 "TelData",
	 "telemetry",
	 {DESCRIPTION, "Purpose", "Security Examination", "Personal Data"},
	 ixit_data_tel_data,
	 FACT_TELEMETRY,
	 "telemetry"},
	{25,
	 "DelFunc",
	 "ways in which the user deletes data",
	 {DESCRIPTION, "Target Type", INITIATION, "Confirmation"},
	 ixit_data_del_func,
	 FACT_COUNT,
	 "erasure"},
	{26,
	 "UserDec",
	 "what the user has to decide",
	 {DESCRIPTION, "Options", "Triggered By"},
	 ixit_data_user_dec,
	 FACT_COUNT,
	 "decisions"},
	{27, "UserIntf", "user interfaces", {DESCRIPTION, TYPE}, ixit_surface_user_intf, FACT_COUNT, "user_interfaces"},
	{28,
	 "LogIntf",
	 "logical interfaces, the ports that answer among them",
	 {DESCRIPTION, "Access", STATUS, "Disclosed Information", "Resilience Measures", "Debug Interface"},
	 ixit_surface_log_intf,
	 FACT_COUNT,
	 "interfaces.logical and listeners"},
	{29,
	 "InpVal",
	 "how data that comes in is checked",
	 {"Source", DESCRIPTION},
	 ixit_surface_inp_val,
	 FACT_COUNT,
	 "inputs"},
};

static void free_at(struct ixit **x)
{
	ixit_free(*x);
}

rc ixit_new(const struct declaration *d, struct ixit **ret, struct err *e)
{
	MEM_AUTO struct judge_facts *facts = mem_alloc(sizeof *facts);
	CLEANUP(free_at) struct ixit *x = mem_alloc(sizeof *x);
	if (!facts || !x)
		return err_set(e, ERR_MEMORY, "IXIT tables: out of memory");
	judge_facts(d, facts);
	buf_init(&x->texts, TEXTS_MAX);
	buf_put_u8(&x->texts, 0); /* offset 0 is "" */
	struct ixit_fill f = {.d = d, .facts = facts, .x = x, .start = 1};
	for (size_t i = 0; i < IXIT_TABLES; i++)
		ixit_fill_table(&f, i);
	rc r = buf_check(&x->texts, "IXIT tables", e);
	if (rc_failed(r))
		return r;
	*ret = x;
	x = NULL;
	return RC_OK;
}

void ixit_free(struct ixit *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < IXIT_TABLES; i++)
		mem_free(x->tables[i].at);
	buf_done(&x->texts);
	mem_free(x);
}

const char *ixit_text(const struct ixit *x, uint32_t at)
{
	return (const char *)x->texts.data + at;
}

size_t ixit_columns(const struct ixit_table *t)
{
	size_t n = 0;
	while (t->columns[n])
		n++;
	return n;
}

size_t ixit_count(const struct ixit *x, size_t table, enum ixit_state state)
{
	const struct ixit_rows *rows = &x->tables[table];
	size_t columns = ixit_columns(&ixit_tables[table]), n = 0;
	if (!rows->n)
		return rows->none.state == state;
	for (size_t i = 0; i < rows->n; i++)
		for (size_t c = 0; c < columns; c++)
			n += rows->at[i].cells[c].state == state;
	return n;
}
