package redact

// formCases are secrets whose names stand in other lines than they do.
var formCases = []secretCase{
	{"csv", "user,password,host\nbob,hunter,h1\n\"b, c\",\"hun,ter\",h2\n\nbob,hunter,h1", "user,password,host\nbob,[REDACTED:password],h1\n\"b, c\",\"[REDACTED:password]\",h2\n\nbob,hunter,h1"},
	{"csv with semicolons", "host;port;proxy user;proxy password\nh1;443;bob;hunter\nh2;443;;\nend", "host;port;proxy user;proxy password\nh1;443;bob;[REDACTED:password]\nh2;443;;\nend"},
	{"csv of PowerShell", "#TYPE System.X\n\"Name\",\"Secret\"\n\"bob\",\"hun\"\"ter\"", "#TYPE System.X\n\"Name\",\"Secret\"\n\"bob\",\"[REDACTED:password]\""},
	{"csv behind times", "2024-03-05 10:00:00 INFO user,api_key,host\n2024-03-05 10:00:00 INFO bob,hunter,h1\nINFO a,b,c", "2024-03-05 10:00:00 INFO user,api_key,host\n2024-03-05 10:00:00 INFO bob,[REDACTED:password],h1\nINFO a,b,c"},
	{"csv in brackets", "(user, password)\n(bob, hunter)", "(user, password)\n(bob, [REDACTED:password])"},
	{"tsv", "user\taccess_token\thost\nbob\thunter\th1", "user\taccess_token\thost\nbob\t[REDACTED:password]\th1"},
	{"with colons", "host:port:user:password\nh:1:b:hunter", "host:port:user:password\nh:1:b:[REDACTED:password]"},
	{
		"table of mysql", "+------+----------+\n| user | password |\n+------+----------+\n| bob  | hunter   |\n+------+----------+\n1 row | in | set",
		"+------+----------+\n| user | password |\n+------+----------+\n| bob  | [REDACTED:password]   |\n+------+----------+\n1 row | in | set",
	},
	{"table of psql", " user | password \n------+----------\n bob  | hunter\n(1 row)", " user | password \n------+----------\n bob  | [REDACTED:password]\n(1 row)"},
	{"table of Markdown", "| user | password |\n|:-----|----------|\n| bob | hunter |", "| user | password |\n|:-----|----------|\n| bob | [REDACTED:password] |"},
	{
		"table of PowerShell", "Name Admin Password    Port\n---- --------------    ----\nbob  hunter two         443\n\nbob  hunter two         443",
		"Name Admin Password    Port\n---- --------------    ----\nbob  [REDACTED:password]         443\n\nbob  hunter two         443",
	},
	{"numbers on the right", "Name Password Port\n---- -------- ----\nbob  12345678  443\nbob  123456789 443", "Name Password Port\n---- -------- ----\nbob  [REDACTED:password]  443\nbob  [REDACTED:password] 443"},
	{"one column", "Password\n--------\nhunter\n\nhunter", "Password\n--------\n[REDACTED:password]\n\nhunter"},
	{"columns without a rule", "NAME   PASSWORD   AGE\nbob    hunter     3d\n2024-03-05 14:22:31 bob hunter", "NAME   PASSWORD   AGE\nbob    [REDACTED:password]     3d\n2024-03-05 14:22:31 bob hunter"},
	{"couple", "name,value\nDB_PASSWORD,hunter\n\"sa-password\",\"hunter\"\n", "name,value\nDB_PASSWORD,[REDACTED:password]\n\"sa-password\",\"[REDACTED:password]\"\n"},
	{"states in a column", "user,password,since\nbob,yes,12:00\nbob,,12:01", "user,password,since\nbob,yes,12:00\nbob,,12:01"},
}
