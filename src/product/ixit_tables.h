/* SPDX-License-Identifier: Apache-2.0 */
/* The writers behind the rows of ixit_tables, by the file they are in. */
#ifndef HALLMARK_PRODUCT_IXIT_TABLES_H
#define HALLMARK_PRODUCT_IXIT_TABLES_H

#include "product/ixit_fill.h"

void ixit_access_auth_mech(struct ixit_fill *f);
void ixit_access_sec_param(struct ixit_fill *f);
void ixit_access_sec_com_mech(struct ixit_fill *f);
void ixit_access_net_sec_impl(struct ixit_fill *f);
void ixit_access_sec_mgmt(struct ixit_fill *f);

void ixit_surface_soft_serv(struct ixit_fill *f);
void ixit_surface_phy_intf(struct ixit_fill *f);
void ixit_surface_code_min(struct ixit_fill *f);
void ixit_surface_privl_ctrl(struct ixit_fill *f);
void ixit_surface_acc_ctrl(struct ixit_fill *f);
void ixit_surface_sec_dev(struct ixit_fill *f);
void ixit_surface_user_intf(struct ixit_fill *f);
void ixit_surface_log_intf(struct ixit_fill *f);
void ixit_surface_inp_val(struct ixit_fill *f);

void ixit_care_user_info(struct ixit_fill *f);
void ixit_care_vuln_types(struct ixit_fill *f);
void ixit_care_conf(struct ixit_fill *f);
void ixit_care_vuln_mon(struct ixit_fill *f);
void ixit_care_soft_comp(struct ixit_fill *f);
void ixit_care_upd_mech(struct ixit_fill *f);
void ixit_care_upd_proc(struct ixit_fill *f);
void ixit_care_repl_sup(struct ixit_fill *f);
void ixit_care_sec_boot(struct ixit_fill *f);

void ixit_data_pers_data(struct ixit_fill *f);
void ixit_data_ext_sens(struct ixit_fill *f);
void ixit_data_res_mech(struct ixit_fill *f);
void ixit_data_tel_data(struct ixit_fill *f);
void ixit_data_del_func(struct ixit_fill *f);
void ixit_data_user_dec(struct ixit_fill *f);

#endif
