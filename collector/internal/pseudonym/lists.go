package pseudonym

import (
	"strings"
	"sync"
)

// kindsOfWords tells of words in lower case what they are.
type kindsOfWords map[string]uint8

// add adds words with '|' between them.
func (k kindsOfWords) add(kind uint8, words string) {
	for _, w := range strings.Split(words, "|") {
		k[w] |= kind
	}
}

// newSet is of words of one kind.
func newSet(words string) kindsOfWords {
	k := kindsOfWords{}
	k.add(1, words)
	return k
}

func (k kindsOfWords) has(word []byte) bool {
	return k[string(word)] != 0
}

// wordLists are all words that the search knows. As switches they would take
// ten times the room in the program.
type wordLists struct {
	domains, fillers, local, noDomains, noHosts, ordinary, sayUser, users, versions,
	makers, partitions, sentence, storage kindsOfWords
	containers, folders, levels, places, ports, properties, services kindsOfWords
	hostEnds                                                         []string
	fields                                                           kindsOfWords // the Class of values that are names
	ends                                                             kindsOfWords // what the last label of a name says
}

// What the last label of a name is.
const (
	ambiguousEnd = 1 << iota
	certainEnd
	countryEnd
	extensionEnd
	genericEnd
	noMailEnd
	rareEnd
	knownEnd // of a host that is known
)

// newEnds tells of the last labels of names, all in one.
func newEnds() kindsOfWords {
	k := kindsOfWords{}
	k.add(ambiguousEnd, "info|int|home|private|priv|test|domain|ad|prod|dom|lab|invalid|cloud|no|at|it|be|is|by|us|my|si|es|se|de|cl|th|om|pe|rs|bg|ca|ch|"+
		"ma|lt|il|tr")
	k.add(certainEnd, "com|net|org|local|lan|corp|internal|intra")
	k.add(countryEnd, "uk|de|fr|nl|be|at|ch|it|es|pt|se|no|dk|fi|ie|us|ca|mx|br|ar|au|nz|jp|cn|kr|tw|hk|sg|za|ru|ua|cz|sk|hu|ro|gr|tr|il|ae|eu|lu|li|bg|"+
		"hr|si|ee|lv|lt|cl|pe|my|th|ph|vn|eg|ke|ng|ma|qa|kw|bh|om|jo|lb|kz|by|rs")
	k.add(extensionEnd, "log|txt|gz|zip|xml|json|csv|etl|evtx|conf|ini|bak|old|pem|crt|cer|pfx|key|out|err|dat|tmp|html|htm|cpp|h|hpp|c|cs|exe|dll|sys|pl|"+
		"pm|php|py|sh|so|js|msi|ps1|cmd|bat|vbs|mof|pdb|tar|bz2|xz|1|2|3|4|5|6|7|8|9|lck|pid|currlog|errlog")
	k.add(genericEnd, "com|net|org|edu|gov|mil|int|info|biz|local|internal|lan|corp|home|intra|intranet|private|priv|test|example|invalid|localdomain|"+
		"arpa|cloud|lab|dom|domain|ad|prod|dmz|localnet")
	k.add(noMailEnd, "service|socket|target|mount|timer|slice|scope|device|path|swap|automount|so|log|conf|js|json|html")
	k.add(rareEnd, "io|co|in|me|ai|tv|id|pl|is|sa|dev|app|tech|online|services|solutions|systems|network|group|global|digital|company|world|bank|"+
		"health|energy|office")
	return k
}

func newFields() kindsOfWords {
	k := kindsOfWords{}
	k.add(uint8(Address), "ip|ipaddr|refid|referenceid|ipaddress|clientip|remoteip|sourceip|localip|peerip|srcip|dstip|mac|macaddress|macaddr|hwaddr|hwaddress|physicaladdress")
	k.add(uint8(Account), "vault|vaultname|containername|resourcegroup|resourcegroupname|storageaccount|storageaccountname")
	k.add(uint8(Host), "datasource|noproxy|logonserver|accountdomain|userdomain|userdnsdomain|host|rhost|server|computer|machine|node|fqdn|workstation|vm|proxyserver|proxyhost|proxyaddress|serveraddress|hostaddress|remoteserver|remotehost|targetserver|csserver|psserver|csname|psname|sourceserver")
	k.add(uint8(User), "user|usr|username|login|logon|logname|loginname|ruser|account|accountname|upn|userprincipalname|principal|runas|owner|"+
		"samaccountname|sudouser|userid|useraccount|euser|targetuser|subjectuser|dbuser|dbrootuser|proxyuser|sqluser|ftpuser|osuser|remoteuser")
	return k
}

// ending is what a label in lower case says at the end of a name.
func ending(label []byte) uint8 { return lists().ends[string(label)] }

// lists are the words, made once and never changed.
var lists = sync.OnceValue(func() *wordLists {
	return &wordLists{
		ends:    newEnds(),
		fields:  newFields(),
		domains: newSet(".|nt authority|nt service|nt virtual machine|builtin|iis apppool|window manager|font driver host|application package authority"),
		fillers: newSet("is|was|of|to|from|reg|sz|string|number|no|current|installed|and|file|product|new|old|value"),
		local: newSet("localhost|localhost.localdomain|localdomain|ip6-localhost|wpad|tsclient|workgroup|mshome|.|*|broadcasthost|" +
			"metadata.google.internal|system.network.io|process.disk.io|localhost4|localhost6|localhost4.localdomain4|localhost6.localdomain6"),
		noDomains: newSet("hklm|nt|hkcu|hkcr|hku|hkey_local_machine|hkey_current_user|hkey_users|hkey_classes_root|software|system|sam|security|hardware|" +
			"registry|machine|root|pci|usb|usbstor|scsi|acpi|storage|swd|hid|ide|vmbus|hdaudio|display|umb|device|globalroot|bcd00000000|nvme|" +
			"iscsi|mpio|authority|service|builtin|apppool|host|package|program|files|asr|asrlogs|temp|tmp|logs|bin|home|var|r|x86|amd64|unc|" +
			"inf|wmi|cimv2"),
		noHosts: newSet("builtin|default|none|null|unknown|true|false|nt|port|name|unreachable|host|address|localhost|offline|online|down|up|http|https|tcp|udp|ssl|tls|connection|timeout|timed|running|" +
			"stopped|ready|nginx|apache|microsoft-iis|server|this|remote|local"),
		ordinary: newSet("azure|windows|linux|backup|process|service|replication|source|target|client|disk|cache|logs|log|transport|network|proxy|gateway|" +
			"storage|database|web|http|https|file|files|print|mail|prod|production|development|admin|manager|master|primary|secondary|main|" +
			"start|stop|time|new|old|asr|com|net|ubuntu|debian|centos|fedora|redhat|rocky|suse|oracle|microsoft|vmware|docker|vagrant|ansible|jenkins|" +
			"tomcat|apache|nginx|postgres|redis|elastic|git|data|user|test|tester|operator|support|runner|build|deploy|app|api|worker|node|" +
			"agent|monitor|dev|ops|server|local|public|share|shared|common|home|work|temp|java|python|perl|ruby|ssh|ftp|nfs|" +
			// words of logs that people are called
			"will|mark|max|min|may|page|grant|bill|rob|art|sue|pat|rich|frank|ray|guy|ward|chase|hope|joy|rose|eve|win|les|norm|gene|miles|" +
			"lane|reed|read|hunter|carter|parker|porter|baker|miller|walker|long|short|small|little|black|white|brown|green|gray|field|" +
			"fields|ford|hill|stone|wood|house|hall|bishop|cross|day|march|april|june|august|price|cash|sharp|swift|strong|best|good|love|case|" +
			"key|young|lock|drew|dean|link|trace|bug|chip|ip|ed|al|ty|jan|mar|apr|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun"),
		sayUser: newSet("user|users|account|username|logon|login|as|by|principal|owner|accountname|identity|runas"),
		users: newSet("root|system|localsystem|local system|localservice|local service|networkservice|network service|administrator|guest|" +
			"defaultaccount|wdagutilityaccount|everyone|users|administrators|anonymous|anonymous logon|interactive|trustedinstaller|" +
			"authenticated users|public|default|default user|default.migrated|all users|defaultapppool|iusr|iis_iusrs|nobody|daemon|" +
			"www-data|mysql|sshd|syslog|ntp|chrony|_chrony|messagebus|postfix|polkitd|nfsnobody|svsystems|lost+found|" +
			"systemd-timesync|systemd-network|systemd-resolve|git|sa|null|none|nil|unknown|n/a|na|true|false|disabled|enabled|" +
			"default-user|-|--|?|*|%s|%username%|$user|(null)|<null>|<none>"),
		sentence: newSet("space|data|tests|test|check|info|agent|input|interface|profile|manager|session|exists|found|list|mode|will|could|can|" +
			"cannot|does|doesn't|on|at|as|has|current|name|id|password|account|user|username|error|failed|failure|denied|expired|" +
			"locked|invalid|code|ids|consumption|application|applications|process|processes|defined|supplied|created|group|groups|rights|sessions|settings|" +
			"accounts|names|interaction|action|actions|request|requests|experience|activity|management|memory|keys|client|in|to|of|for|from|by|with|the|a|an|and|or|is|was|are|not|empty|yes|no|have|pass|was"),
		containers: newSet("users|computers|builtin|system|configuration|schema|services|sites|servers|subnets|policies|domain controllers|partitions|" +
			"groups|people|ntds settings|public key services|aia|cdp|enrollment services|certification authorities|foreignsecurityprincipals|localhost|root"),
		folders: newSet("registry|device|driver|globalroot|global??|dosdevices|basenamedobjects|systemroot|knowndlls|filesystem|sessions|windows|system32|" +
			"syswow64|appdata|programdata|users|temp|tmp|winnt|perflogs|inetpub|microsoft|drivers|software|system|sysvol|wbem"),
		levels: newSet("info|information|warn|warning|error|err|debug|trace|fatal|notice|crit|critical|alert|emerg|panic|verbose|severe|fine|all|log|" +
			"exception|audit|success|failure|last|message|localhost"),
		places: newSet("from|to|by|at|via|for|on|with|and|or|host|ip|ipv4|addr|address|addresses|client|server|peer|src|dst|source|destination|remote|local|" +
			"gateway|router|route|dns|nameserver|resolver|ping|node|network|subnet|mask|netmask|inet|target|dest|nat|proxy|listening|listen|bind|bound|connect|" +
			"connecting|connected|connection|range|is|of|ban|unban|through|over|add|delete|del|allow|deny|block|blocked|tcp|udp|icmp|get|post|user|root|between|ntp"),
		ports:      newSet("22|25|53|80|88|135|139|389|443|445|636|902|1433|1521|3128|3306|3389|5432|5985|5986|8080|8443|9080|9443|20004|44368"),
		properties: newSet("id|app|network|group|global|services|systems|health|office|is|me|company|world|internal"),
		services:   newSet("HOST|TERMSRV|MSSQLSvc|RestrictedKrbHost|WSMAN|cifs|krbtgt"),
		versions: newSet("v|ver|vers|build|section|sec|chapter|rfc|bump|bumped|patch|patched|release|rev|revision|upgraded|upgrade|upgrading|updated|update|updating|ua|setup|installer|firmware|driver|" +
			"kernel|oid|agentver|osver|filever|productver"),
		// Of GUIDs: the makers of the cards that made those of Windows (their last
		// part), and the first five bytes of types of partitions.
		makers:     newSet("\x00\xc0\x4f|\x00\xa0\xc9|\x00\xaa\x00|\x08\x00\x2b|\x00\x60\x08|\x00\x60\x97|\x00\x80\x5f|\x00\x20\xaf"),
		partitions: newSet("\xeb\xd0\xa0\xa2\xb9|\xde\x94\xbb\xa4\x06|\xe3\xc9\xe3\x16\x0b|\x0f\xc6\x3d\xaf\x84|\x06\x57\xfd\x6d\xa4|\xe6\xd6\xd3\x79\xf5"),
		storage:    newSet(storageSuffixes + "|vault.azure.net|vault.azure.cn|servicebus.windows.net|onmicrosoft.com"),
		hostEnds: strings.Fields("domainname clienthost serverhost dbhost mailhost smtphost ldaphost peerhost hostname computername machinename servername workstationname dnsname vmname sourcehost targethost nodename sourceworkstation " +
			"hostfqdn"),
	}
})
