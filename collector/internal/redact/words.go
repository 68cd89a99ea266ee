package redact

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind says what a trigger word may announce.
type kind uint8

const (
	kindPassword kind = iota + 1
	kindSecret
	kindToken
	kindKey
	kindAuth
	kindCookie
	kindBearer
	kindBasic
	kindSig
	kindJWT
	kindPEM
	kindURL
	kindAt
	kindProgram
	kindVendor
	kindSQL
	kindQuery
	kindCrypt
	kindShape
	kindOption
	kindEncoded
	kindHex
	kindArmor
	kindCall
	kindCode
	kindPlace
	kindPhrase
)

// trigger is a word in lower case that makes a line worth a closer look.
type trigger struct {
	word string
	kind kind
	wide bool // has bytes that stand for others in the table: it has to be compared
}

func triggers() []trigger {
	words := [...]string{
		kindPassword: `passw|userpass|dbpass|smtppass|ftppass|adminpass|rootpass|sqlpass|proxypass|loginpass|mailpass|hostpass|svcpass|authpass|storepass|bindpass|guestpass|sqlpw|dbpw|userpw|adminpw|hostpw|pword|clave =|passphrase|pass phrase|pass-phrase|pass_phrase|passcode|passkey|passord|pwd|pswd|psw=|psw:|psw"|pass_word|pass-word|pass.word|pass word:|pass word=|p@ssw|pa55w|pass.phrase|pass=|pass:|pass"|pass'|pass>|pass |phrase=|phrase:|phrase"|requirepass|masterauth|pw=|pw =|pw:|pw"|pw'|pw>|_pw |bindpw|rootpw|kennwort|geheimes wort|mot de passe|mot_de_passe|motdepasse|mdp=|mdp:|contrase|clave=|clave:|senha|wachtwoord|adgangskode|salasana|parola|heslo|haslo|losenord|jelszo|lozinka|zugangscode|geheimnis|mot-de-passe|mot.de.passe|mat_khau|kata_sandi|kata sandi|zaporka|geslo=|geslo:|parole=|parole:|parool|kodeord|slaptazodis|palavra-passe|parola d'ordine|sifre=|sifre:|sifre"|parol=|parol:|keymaterial|key content|pass4s|-pw |authtok =|authtok=`,
		kindSecret:   `ugfzc3dvcmq6|secret|credential|community`,
		kindToken:    `token|_pat=|_pat:`,
		kindKey:      `authcert|managementcert|accesssignature|x-amz-signature|psk|pre-shared|preshared`,
		kindAuth:     `authorization`,
		kindCookie:   `cookie`,
		kindBearer:   `bearer|negotiate |apikey |api-key |auth plain |auth login `,
		kindBasic:    `basic`,
		kindSig:      `sig=|sig%3d`,
		kindJWT:      `eyj`,
		kindPEM:      `private key|private-lines:`,
		kindURL:      `://|:\/\/`,
		kindAt:       `@`,
		kindProgram:  `sshpass|vmrun|plink|pscp|psftp|mysql|curl|wget|openssl|psexec|schtasks|sqlcmd|osql|bcp |certutil|signtool|smbclient|rpcclient|ldapsearch|ldapmodify|ldapadd|redis-cli|7z x|7z a|7z e|7z.exe|7za |docker login|az login|useradd|usermod|ipmitool|vim-cmd|esxcli|snmpwalk|snmpget|snmpset|netsh wlan|bcdedit|isakmp key|server key|pre-shared-key|server community|rocommunity|rwcommunity|com2sec|reg add|reg.exe add|jdbc:oracle|sqlplus|rman |exp |imp |rar a |rar x |rar e |winrar|mariadb|ssh-keygen|htpasswd|lftp|expdp|impdp|isql|dtexec|zip |zip.exe |trapsink|trap2sink|informsink|: eap |: rsa |: xauth |createuser|snmp-|ldapdelete|ldappasswd|conn |connect `,
		kindVendor:   `akia|ghp_|gho_|ghs_|ghu_|ghr_|github_pat_|xoxb-|xoxp-|xoxa-|xoxe|xoxs-|xoxr-|xapp-|asia|aiza|sk_live_|rk_live_|glpat-|npm_|hvs.|dckr_pat_|pypi-|ya29.|age-secret-key-1|dop_v1_|doo_v1_|sg.|sk-|pat-na1-|shpat_|shpss_|sq0atp-|lin_api_|glptt-|gldt-|glrt-|glagent-|sk_test_|whsec_|hvb.|hf_|gsk_|r8_|dapi|shpca_|atatt3|nrak-|pmak-|sntrys_|rubygems_|tskey-|ops_ey|vault:v1:|figd_|pscale_|xkeysib-|eaac|key-|dor_v1_|glcbt-|glffct-|glft-|glimt-|gloas-|glsoat-|gr1348941|glsa_|glc_|p8e-|akcp|cmvmd|ezak|duffel_|dt0c01.|dp.pt.|flwseck_|fio-u-|shppa_|shippo_|sntryu_|pul-|ntn_|pnu_|pplx-|rdme_|clojars_|hrku-|api_org_|sha256~|eyjrijoi|ltai|absk|eztk|fo1_|fm2_|fm1a_|fm1r_|ico-|s-s4t2|api-|tk-us-|sm_aat_|sm_pat_|sm_sat_|eaaa|eaam|sq0csp-|gocspx-|atbb|atctt3|nfp_|sbp_|sb_secret_|pmat-|nrii-|xai-|akab-|lsv2_|napi_|npg_|pcsk_|tvly-|csk-|cfpat-|sqa_|sqp_|squ_|bkua_|bkat_|ccipat_|dckr_oat_|xsmtpsib-|swmtkn-|sgp_|slk_|vk1.a.|avns_|aqicah|aqecah|tfp_|dp.ct.|dp.st.|dp.sa.|oy2|sk.eyj|abia|acca|pat.|atlasv1.|mmk|slack.com/s|slack.com/w|slack.com/t|/webhook|telegram.org/bot`,
		kindSQL:      `identified by|identified with|login password|encrypted password|insert into`,
		kindQuery:    `?code=|&code=|?key=|&key=|auth=`,
		kindCrypt:    `$1$|$5$|$6$|$y$|$2a$|$2b$|$2y$|$apr1$|$7$|$8$|$9$|$argon2|pbkdf2_sha|{ssha|{sha}|{smd5}|:5432:|:5433:|:6432:|:*:*:|:aa|aad3b435|:::|scram-sha-1$|scram-sha-256$`,
		kindShape:    `key|remember_me|auth =|material|auth=|auth:|auth"|hmac|salt|signature|ticket|assertion|session=|session"|sessionid|session_id|session-id|sessid|sid=|sig"|jwt|encrypt|cipher|seed|q~|+ast|+acdb|+asb|+acr|+aba|+aeh|+arm|azca|azfu|azse|azeg|jqqj9|licen`,
		kindOption:   ` -p|"-p"|'-p'|/p:|/rp |/pw `,
		kindEncoded:  `pass\"|%20|%22|%24|%26|%27|%3c|%3d|%3a|%4|%5|%6|%7|%25|%u00|\u00|\x|&#x|&#0|&#1|&#2|&#3|&#4|&#5|&#6|&#7|&#8|&#9|&quot;|&lt;|&gt;|&amp;|&apos;|&equals;|\0|\1|+ad0|+adw`,
		kindArmor:    `<~|h4siaaaa| a0=`,
		kindHex:      `hex:|hex(|-begin |apiversion|[auth|auth login|auth plain|auth xoauth|authenticate plain|authenticate login|vxnlcm5hbwu6|tacacs|radius server|<th|"assword|*assword|?assword|privateexponent|priv:`,
		kindCall:     `securestring|pscredential|networkcredential|multipart|form-data|chpasswd|passwd --stdin|sudo -s|kinit|password-stdin`,
		kindCode:     `otp|mfa|2fa:|2fa=| 2fa |pat=|pat:|pat"|pat'|pin=|pin:|pin |pin"|pin'|pincode|puk:|puk=|tan:|tan=|ation code|urity code|unlock code|recovery code|backup code|_code=|_code:|_code"|kcode=|kcode:|cred=|cred:|cred"|cred =|creds|ntlm|nthash|lmhash|nt hash|lm hash`,
		kindPlace:    `pass_|pass-|pw_|pw-`,
	}
	var out []trigger
	for k := kindPassword; k <= kindPlace; k++ {
		for _, w := range strings.Split(words[k], "|") {
			out = append(out, trigger{w, k, strings.ContainsAny(w, alikes+"0123456789")})
		}
	}
	for _, exe := range []string{"net", "net1", "net.exe", "net1.exe", `net.exe"`, `net1.exe"`} {
		for _, gap := range []string{" use", "  use", " user", "  user"} { // as the event of a new process has it
			out = append(out, trigger{exe + gap, kindProgram, true})
		}
	}
	for w := range phrases() {
		out = append(out, trigger{w, kindPhrase, true})
	}
	for _, w := range foreign() {
		out = append(out, trigger{w, kindPassword, true}, trigger{narrowed(w), kindPassword, true})
	}
	return append(out, trigger{"\x83p\x83x\x83\x8f\x81[\x83h", kindPassword, true}) // in Shift-JIS
}

// foreign are words for a password that have letters beyond ASCII.
func foreign() []string {
	lower := []string{"has\u0142o", "l\u00f6senord", "\u043f\u0430\u0440\u043e\u043b\u044c", "\u5bc6\u7801", "\u5bc6\u78bc", "\u53e3\u4ee4", "\u30d1\u30b9\u30ef\u30fc\u30c9", "\ube44\ubc00\ubc88\ud638", "jelsz\u00f3", "\u015fifre", "\u03ba\u03c9\u03b4\u03b9\u03ba\u03cc\u03c2", "\u05e1\u05d9\u05e1\u05de\u05d4", "\u0643\u0644\u0645\u0629 \u0627\u0644\u0645\u0631\u0648\u0631", "\u0e23\u0e2b\u0e31\u0e2a\u0e1c\u0e48\u0e32\u0e19", "m\u1eadt kh\u1ea9u", "\u092a\u093e\u0938\u0935\u0930\u094d\u0921", "\u0643\u0644\u0645\u0629 \u0627\u0644\u0633\u0631", "\u0631\u0645\u0632 \u0627\u0644\u0645\u0631\u0648\u0631", "\u0631\u0645\u0632 \u0639\u0628\u0648\u0631", "\u05e1\u05d9\u05e1\u05de\u05d0", "\u03c3\u03c5\u03bd\u03b8\u03b7\u03bc\u03b1\u03c4\u03b9\u03ba\u03cc", "\u03ba\u03c9\u03b4\u03b9\u03ba\u03cc\u03c2 \u03c0\u03c1\u03cc\u03c3\u03b2\u03b1\u03c3\u03b7\u03c2", "slapta\u017eodis", "lykilor\u00f0", "\u043f\u0430\u0440\u043e\u043b\u0430", "\u043b\u043e\u0437\u0438\u043d\u043a\u0430", "\uc554\ud638", "\ud328\uc2a4\uc6cc\ub4dc"}
	out := slices.Clone(lower)
	for _, w := range lower {
		first, size := utf8.DecodeRuneInString(w)
		for _, other := range []string{strings.ToUpper(w), string(unicode.ToUpper(first)) + w[size:]} {
			out = append(out, strings.Map(func(c rune) rune {
				if c < 0x80 { // the table folds these
					return unicode.ToLower(c)
				}
				return c
			}, other))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// narrowed is a word as the view of a text in UTF-16 has it.
func narrowed(word string) string {
	var out []byte
	for _, c := range word {
		if c >= 0x80 {
			c = c&0x7f | 0x80
		}
		out = append(out, byte(c))
	}
	return string(out)
}

// ofKeys are the words before "key" in the names of keys that are secrets.
func ofKeys() []string {
	return []string{
		"account", "access", "api", "shared", "private", "storage", "functions", "subscription", "master", "signing", "encryption", "auth", "validation", "decryption", "primary", "secondary", "hmac",
		"workspace", "symmetric", "session", "aes", "sas", "registration", "license", "product", "deploy", "agent", "vault", "wep", "wpa", "recovery", "unlock", "activation", "hash",
	}
}

// places are what a password is of, behind its name: pass_prod.
func places() []string {
	return []string{"prod", "production", "prd", "dev", "stage", "staging", "stg", "uat", "qa", "live", "db", "sql", "admin", "root", "svc", "service", "backup"}
}

// ofPlace reports whether a name that begins with pass_ or pw- goes on with places
// and years alone.
func (l line) ofPlace(begin, end int) bool {
	rest := strings.ToLower(string(l.b[end:run(l.b[:min(len(l.b), end+maxKey)], end, isKey)]))
	words := strings.FieldsFunc(rest, func(c rune) bool { return c == '_' || c == '-' })
	return len(words) > 0 && l.passes(begin, begin, end) && !slices.ContainsFunc(words, func(w string) bool {
		return !slices.Contains(places(), w) && !(len(w) == len("2024") && digits(w))
	})
}

// keyWord is how long the words before a "key" at i are that make it a secret:
// "account_" in account_key. It is 0 when there are none. Between words of a
// text it takes those that no other thing is called by.
func keyWord(b []byte, i int) int {
	head := strings.ToLower(string(b[max(0, i-16):i]))
	gap := 0
	if n := len(head); n > 0 && strings.IndexByte("_-. ", head[n-1]) >= 0 {
		gap, head = 1, head[:n-1]
	}
	for _, w := range ofKeys() {
		if !strings.HasSuffix(head, w) || gap == 1 && (w == "primary" || w == "secondary" && b[i-1] == ' ') {
			continue
		}
		if gap == 0 || b[i-1] != ' ' || slices.Contains([]string{"account", "access", "api", "shared", "workspace", "encryption", "storage", "master", "signing", "wep", "wpa", "product", "unlock", "activation"}, w) {
			return len(w) + gap
		}
	}
	return 0
}
