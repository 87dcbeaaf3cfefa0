/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that nobody here may make: using one is a compile error. Include it last in every .c file.
 * Each has a bounded or checked replacement in core/base or host/os.
 */
#ifndef HALLMARK_CORE_BASE_BANNED_H
#define HALLMARK_CORE_BASE_BANNED_H

#define BANNED(call) hallmark_banned_##call

#undef strcpy
#define strcpy(a, b) BANNED(strcpy)
#undef strncpy
#define strncpy(a, b, n) BANNED(strncpy)
#undef strcat
#define strcat(a, b) BANNED(strcat)
#undef strncat
#define strncat(a, b, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef gets
#define gets(s) BANNED(gets)
#undef strtok
#define strtok(s, d) BANNED(strtok)
#undef atoi
#define atoi(s) BANNED(atoi)
#undef atol
#define atol(s) BANNED(atol)
#undef atoll
#define atoll(s) BANNED(atoll)
#undef atof
#define atof(s) BANNED(atof)
#undef system
#define system(s) BANNED(system)
#undef popen
#define popen(c, m) BANNED(popen)
#undef tmpnam
#define tmpnam(s) BANNED(tmpnam)
#undef mktemp
#define mktemp(s) BANNED(mktemp)
#undef rand
#define rand() BANNED(rand)
#undef srand
#define srand(s) BANNED(srand)
#undef random
#define random() BANNED(random)
#undef gmtime
#define gmtime(t) BANNED(gmtime)
#undef localtime
#define localtime(t) BANNED(localtime)
#undef ctime
#define ctime(t) BANNED(ctime)
#undef asctime
#define asctime(t) BANNED(asctime)
#undef alloca
#define alloca(n) BANNED(alloca)

#endif
