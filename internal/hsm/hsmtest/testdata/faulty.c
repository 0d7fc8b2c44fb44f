// A PKCS#11 module that misbehaves on demand, for tests of the driver and its supervision.
// It has one token with one key, "k1", and no cryptography: the key stream is one byte, the
// tag a sum. The file that FAULTS names is read at each call and tells what to do, a line
// for each function or habit:
//
//	C_Encrypt 0x30    return that code
//	C_Encrypt crash   write to address 0
//	C_Encrypt hang    never return
//	C_Encrypt exit    end the process
//	iv zeroed         take only a buffer of zeros for an IV, and write the IV into it
//	iv appended       take no IV, and write it behind the tag
//	iv own            take any IV, and write another one into the buffer
//	iv none           take only a buffer of zeros, and leave it so
//	handle 7          the key's handle
//	sessions 2        most sessions
//	keys good         make one key that can't be extracted, in place of keys that can
//	setpin lies       say that the PIN was changed, and do not change it
//	reset 1           answer CKR_DEVICE_ERROR to all until the module is initialized again with
//	                  another number here
//	away 1            the token was away (with another number: again): all sessions have ended
//	initialize cantlock
//
// Two calls at a time in one session make it abort, and so do two calls at all if it was
// initialized without locking.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11go.h"

#define SESSIONS 64

static struct {
	atomic_int used, busy;
	CK_BYTE iv[16], *write;
	CK_ULONG iv_len;
	unsigned aad;
	int found, made, active;
} session[SESSIONS + 1];

static atomic_int opened, logged_in, calls, generated;
static int locking, reset_at_start;

// made is the id of the key that "keys good" made, whose handle is MADE.
static CK_BYTE made[64];
static CK_ULONG made_size;
#define MADE 200

// setting copies what the file says of name, and reports whether it says anything.
static int setting(const char *name, char *value, size_t size) {
	char line[256], key[64], text[64];
	const char *path = getenv("FAULTS");
	FILE *f = path ? fopen(path, "r") : NULL;
	int found = 0;
	if (f == NULL)
		return 0;
	while (!found && fgets(line, sizeof line, f))
		if (sscanf(line, "%63s %63s", key, text) == 2 && strcmp(key, name) == 0) {
			snprintf(value, size, "%s", text);
			found = 1;
		}
	fclose(f);
	return found;
}

static long number(const char *name, long otherwise) {
	char v[64];
	return setting(name, v, sizeof v) ? strtol(v, NULL, 0) : otherwise;
}

static int is(const char *name, const char *value) {
	char v[64];
	return setting(name, v, sizeof v) && strcmp(v, value) == 0;
}

static CK_RV fault(const char *function) {
	char v[64];
	if (number("reset", 0) != reset_at_start)
		return CKR_DEVICE_ERROR;
	if (!setting(function, v, sizeof v))
		return CKR_OK;
	if (strcmp(v, "crash") == 0)
		*(volatile int *)0 = 1;
	if (strcmp(v, "exit") == 0)
		_exit(3);
	while (strcmp(v, "hang") == 0)
		pause();
	return strtoul(v, NULL, 0);
}

// pin_file is where a PIN is that was changed: other processes see it too.
static FILE *pin_file(const char *mode) {
	char path[512];
	const char *faults = getenv("FAULTS");
	snprintf(path, sizeof path, "%s.pin", faults ? faults : "");
	return fopen(path, mode);
}

// is_pin says whether the PIN is right: "good" until it was changed.
static int is_pin(const CK_BYTE *pin, CK_ULONG n) {
	char right[64] = "good";
	size_t size = 4;
	FILE *f = pin_file("r");
	if (f != NULL) {
		size = fread(right, 1, sizeof right, f);
		fclose(f);
	}
	return n == size && memcmp(pin, right, n) == 0;
}

// look ends all sessions if the token was away.
static void look(void) {
	static atomic_int away;
	long now = number("away", 0);
	if (atomic_exchange(&away, now) == now)
		return;
	for (int h = 1; h <= SESSIONS; h++)
		session[h].used = session[h].active = 0;
	opened = logged_in = 0;
}

// ENTER is the beginning of each function in a session, LEAVE its end.
#define ENTER(h)                                                               \
	CK_RV rv;                                                              \
	look();                                                                \
	if ((h) == 0 || (h) > SESSIONS || !session[h].used)                    \
		return CKR_SESSION_HANDLE_INVALID;                             \
	if (atomic_fetch_add(&session[h].busy, 1) != 0 ||                      \
	    (atomic_fetch_add(&calls, 1) != 0 && !locking))                    \
		abort();                                                       \
	usleep(50);                                                            \
	rv = fault(__func__);
#define LEAVE(h)                                                               \
	atomic_fetch_sub(&calls, 1);                                           \
	atomic_fetch_sub(&session[h].busy, 1);                                 \
	return rv;

CK_RV C_Initialize(CK_VOID_PTR p) {
	CK_C_INITIALIZE_ARGS *args = p;
	locking = args && (args->flags & CKF_OS_LOCKING_OK);
	if (locking && is("initialize", "cantlock"))
		return CKR_CANT_LOCK;
	reset_at_start = number("reset", 0);
	return fault(__func__);
}

CK_RV C_Finalize(CK_VOID_PTR p) { return fault(__func__); }

CK_RV C_GetInfo(CK_INFO_PTR info) {
	memset(info, ' ', sizeof *info);
	info->libraryVersion.major = 1;
	printf("modules print to the standard output\n");
	fflush(stdout);
	return CKR_OK;
}

CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR n) {
	if (list)
		list[0] = 5;
	*n = 1;
	return fault(__func__);
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
	memset(info, ' ', sizeof *info);
	memcpy(info->label, "faulty", 6);
	info->flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED;
	info->ulMaxSessionCount = number("sessions", 0);
	info->ulMaxRwSessionCount = CK_UNAVAILABLE_INFORMATION;
	return fault(__func__);
}

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR app, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR h) {
	CK_RV rv = fault(__func__);
	if (rv != CKR_OK)
		return rv;
	for (*h = 1; *h <= SESSIONS; ++*h) {
		int no = 0;
		if (atomic_compare_exchange_strong(&session[*h].used, &no, 1)) {
			atomic_fetch_add(&opened, 1);
			return CKR_OK;
		}
	}
	return CKR_SESSION_COUNT;
}

CK_RV C_CloseSession(CK_SESSION_HANDLE h) {
	if (h == 0 || h > SESSIONS || !session[h].used)
		return CKR_SESSION_HANDLE_INVALID;
	session[h].active = 0;
	session[h].used = 0;
	if (atomic_fetch_sub(&opened, 1) == 1)
		logged_in = 0;
	return CKR_OK;
}

CK_RV C_Login(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG n) {
	ENTER(h)
	if (rv == CKR_OK && logged_in)
		rv = CKR_USER_ALREADY_LOGGED_IN;
	else if (rv == CKR_OK && !is_pin(pin, n))
		rv = CKR_PIN_INCORRECT;
	else if (rv == CKR_OK)
		logged_in = 1;
	LEAVE(h)
}

CK_RV C_Logout(CK_SESSION_HANDLE h) {
	ENTER(h)
	logged_in = 0;
	LEAVE(h)
}

CK_RV C_SetPIN(CK_SESSION_HANDLE h, CK_UTF8CHAR_PTR old, CK_ULONG n, CK_UTF8CHAR_PTR new, CK_ULONG m) {
	ENTER(h)
	if (rv == CKR_OK && !is_pin(old, n))
		rv = CKR_PIN_INCORRECT;
	if (rv == CKR_OK && !is("setpin", "lies")) {
		FILE *f = pin_file("w");
		fwrite(new, 1, m, f);
		fclose(f);
		if (is("setpin", "exit"))
			_exit(3);
	}
	LEAVE(h)
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE h, CK_SESSION_INFO_PTR info) {
	ENTER(h)
	memset(info, 0, sizeof *info);
	info->slotID = 5;
	info->state = logged_in ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION;
	LEAVE(h)
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE h, CK_ATTRIBUTE_PTR t, CK_ULONG n) {
	ENTER(h)
	session[h].found = logged_in ? 1 + number("twins", 0) : 0;
	session[h].made = 0;
	for (CK_ULONG i = 0; i < n; i++) {
		if (t[i].type != CKA_ID)
			continue;
		if (t[i].ulValueLen != 2 || memcmp(t[i].pValue, "k1", 2) != 0)
			session[h].found = 0;
		if (logged_in && made_size && t[i].ulValueLen == made_size && memcmp(t[i].pValue, made, made_size) == 0)
			session[h].found = session[h].made = 1;
	}
	LEAVE(h)
}

CK_RV C_FindObjects(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE_PTR list, CK_ULONG max, CK_ULONG_PTR n) {
	ENTER(h)
	for (*n = 0; session[h].found > 0 && *n < max; session[h].found--)
		list[(*n)++] = session[h].made ? MADE : number("handle", 1);
	LEAVE(h)
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE h) {
	ENTER(h)
	LEAVE(h)
}

// Only the attributes that tell whose handle it is are known; any other is an error, as of
// an object that somebody else made.
CK_RV C_GetAttributeValue(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_PTR t, CK_ULONG n) {
	ENTER(h)
	for (CK_ULONG i = 0; i < n; i++) {
		const char *v = t[i].type == CKA_ID ? "k1" : t[i].type == CKA_LABEL ? "label" : NULL;
		CK_ULONG aes = CKK_AES;
		if (o == MADE && (t[i].type == CKA_SENSITIVE || t[i].type == CKA_EXTRACTABLE)) {
			if (t[i].pValue)
				*(CK_BBOOL *)t[i].pValue = t[i].type == CKA_SENSITIVE;
			t[i].ulValueLen = sizeof(CK_BBOOL);
		} else if (o == MADE && t[i].type == CKA_ID) {
			if (t[i].pValue)
				memcpy(t[i].pValue, made, made_size);
			t[i].ulValueLen = made_size;
		} else if (t[i].type == CKA_KEY_TYPE) {
			if (t[i].pValue)
				memcpy(t[i].pValue, &aes, sizeof aes);
			t[i].ulValueLen = sizeof aes;
		} else if (v) {
			if (t[i].pValue)
				memcpy(t[i].pValue, v, strlen(v));
			t[i].ulValueLen = strlen(v);
		} else {
			t[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
			rv = CKR_ATTRIBUTE_TYPE_INVALID;
		}
	}
	LEAVE(h)
}

// C_GenerateKey pretends: each key that it makes can be extracted, and is "k1" with another
// handle; but for the one of "keys good".
CK_RV C_GenerateKey(CK_SESSION_HANDLE h, CK_MECHANISM_PTR m, CK_ATTRIBUTE_PTR t, CK_ULONG n, CK_OBJECT_HANDLE_PTR o) {
	ENTER(h)
	if (is("keys", "good")) {
		for (CK_ULONG i = 0; i < n; i++)
			if (t[i].type == CKA_ID && t[i].ulValueLen <= sizeof made) {
				made_size = t[i].ulValueLen;
				memcpy(made, t[i].pValue, made_size);
			}
		*o = MADE;
	} else
		*o = 100 + atomic_fetch_add(&generated, 1);
	LEAVE(h)
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o) {
	ENTER(h)
	if (o == MADE)
		made_size = 0;
	else if (o >= 100)
		atomic_fetch_sub(&generated, 1);
	LEAVE(h)
}

static unsigned sum(unsigned s, const CK_BYTE *b, CK_ULONG n) {
	while (n-- > 0)
		s = s * 31 + *b++ + 1;
	return s;
}

static CK_RV begin(CK_SESSION_HANDLE h, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE key, int encrypt) {
	CK_GCM_PARAMS *p = m->pParameter;
	static const CK_BYTE zeros[16];
	char mode[64] = "";
	if (!logged_in)
		return CKR_USER_NOT_LOGGED_IN;
	if (key != (CK_OBJECT_HANDLE)number("handle", 1) && key < 100)
		return CKR_KEY_HANDLE_INVALID;
	if (session[h].active)
		return CKR_OPERATION_ACTIVE;
	session[h].write = NULL;
	setting("iv", mode, sizeof mode);
	if (encrypt && (strcmp(mode, "zeroed") == 0 || strcmp(mode, "none") == 0) &&
	    (p->ulIvLen != 12 || memcmp(p->pIv, zeros, 12) != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	if (encrypt && strcmp(mode, "appended") == 0 && p->ulIvLen != 0)
		return CKR_ARGUMENTS_BAD;
	if (p->ulIvLen > 16 || (!encrypt && p->ulIvLen == 0))
		return CKR_MECHANISM_PARAM_INVALID;
	session[h].iv_len = p->ulIvLen;
	if (encrypt && strcmp(mode, "appended") == 0)
		session[h].iv_len = number("ivlen", 12);
	memset(session[h].iv, 0, 16);
	if (p->ulIvLen)
		memcpy(session[h].iv, p->pIv, p->ulIvLen);
	if (encrypt && *mode && strcmp(mode, "none") != 0) {
		memset(session[h].iv, 0xA5, 16);
		session[h].write = p->pIv;
	}
	session[h].aad = sum(sum(0, session[h].iv, session[h].iv_len), p->pAAD, p->ulAADLen);
	session[h].active = 1;
	return CKR_OK;
}

CK_RV C_EncryptInit(CK_SESSION_HANDLE h, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE key) {
	ENTER(h)
	if (rv == CKR_OK)
		rv = begin(h, m, key, 1);
	LEAVE(h)
}

CK_RV C_Encrypt(CK_SESSION_HANDLE h, CK_BYTE_PTR in, CK_ULONG n, CK_BYTE_PTR out, CK_ULONG_PTR size) {
	ENTER(h)
	CK_ULONG extra = is("iv", "appended") ? session[h].iv_len : 0;
	if (rv == CKR_OK && !session[h].active)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	if (rv == CKR_OK && out) {
		unsigned s = sum(session[h].aad, in, n);
		for (CK_ULONG i = 0; i < n; i++)
			out[i] = in[i] ^ 0x5A;
		memset(out + n, 0, 16);
		memcpy(out + n, &s, sizeof s);
		memcpy(out + n + 16, session[h].iv, extra);
		if (session[h].write)
			memcpy(session[h].write, session[h].iv, 12);
	}
	if (rv != CKR_OK || out)
		session[h].active = 0;
	*size = n + 16 + extra;
	LEAVE(h)
}

CK_RV C_DecryptInit(CK_SESSION_HANDLE h, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE key) {
	ENTER(h)
	if (rv == CKR_OK)
		rv = begin(h, m, key, 0);
	LEAVE(h)
}

CK_RV C_Decrypt(CK_SESSION_HANDLE h, CK_BYTE_PTR in, CK_ULONG n, CK_BYTE_PTR out, CK_ULONG_PTR size) {
	ENTER(h)
	if (rv == CKR_OK && !session[h].active)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	if (rv == CKR_OK && out) {
		for (CK_ULONG i = 0; i < n - 16; i++)
			out[i] = in[i] ^ 0x5A;
		unsigned s = sum(session[h].aad, out, n - 16);
		if (memcmp(in + n - 16, &s, sizeof s) != 0)
			rv = number("refusal", CKR_ENCRYPTED_DATA_INVALID);
	}
	if (rv != CKR_OK || out)
		session[h].active = 0;
	*size = n - 16;
	LEAVE(h)
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE h, CK_BYTE_PTR out, CK_ULONG n) {
	ENTER(h)
	memset(out, 7, n);
	LEAVE(h)
}

static CK_FUNCTION_LIST list = {
	.version = {2, 40},
	.C_Initialize = C_Initialize, .C_Finalize = C_Finalize, .C_GetInfo = C_GetInfo,
	.C_GetSlotList = C_GetSlotList, .C_GetTokenInfo = C_GetTokenInfo,
	.C_OpenSession = C_OpenSession, .C_CloseSession = C_CloseSession,
	.C_GetSessionInfo = C_GetSessionInfo,
	.C_Login = C_Login, .C_Logout = C_Logout, .C_SetPIN = C_SetPIN,
	.C_FindObjectsInit = C_FindObjectsInit, .C_FindObjects = C_FindObjects,
	.C_FindObjectsFinal = C_FindObjectsFinal, .C_GetAttributeValue = C_GetAttributeValue,
	.C_GenerateKey = C_GenerateKey, .C_DestroyObject = C_DestroyObject,
	.C_EncryptInit = C_EncryptInit, .C_Encrypt = C_Encrypt,
	.C_DecryptInit = C_DecryptInit, .C_Decrypt = C_Decrypt,
	.C_GenerateRandom = C_GenerateRandom,
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR p) {
	*p = &list;
	return CKR_OK;
}
