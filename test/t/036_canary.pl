# Canaries: no secret leaves but to whom it is for. Planted in every place that takes one, used with success and with
# failure, by servers that repeat what they are told, and then looked for in the server's log with everything
# logged, in what sessions and roles see, in the tables that they read, and in dumps.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use Digest::SHA qw(hmac_sha256_base64);
use IO::Select;
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir('secrets');
my $node = new_node(
	'campaign.safety_poll' => '1h', 'campaign.secret_directory' => $folder, log_statement => 'all', log_min_duration_statement => 0,
	log_min_messages => 'debug1', log_error_verbosity => 'verbose', log_min_error_statement => 'error', log_parameter_max_length_on_error => -1);
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

# ---- a gateway that repeats what it is told --------------------------------------------------------------------

my ($listener, $imap) = map { IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1', Proto => 'tcp') or die "no listener: $!" } 1 .. 2;
my $port = $listener->sockport;
my $heard = PostgreSQL::Test::Utils::tempdir('gateway') . '/heard';
my $test = $$;
my @servers;
for my $serve (\&serve, \&serve_mailbox)
{
	my $server = fork;
	if (!$server)
	{
		$serve->();
		POSIX::_exit(0);
	}
	push @servers, $server;
}
END { kill 'KILL', @servers if @servers && $test == $$; }

# /good accepts, everything else answers 401, each with all that it was sent. To who says nothing it is a mail server,
# which refuses the login in the words of it.
sub serve
{
	open my $log, '>>', $heard or die "no log: $!";
	$log->autoflush(1);
	$SIG{CHLD} = 'IGNORE';
	while (my $client = $listener->accept)
	{
		next if fork;
		my $text = '';
		if (IO::Select->new($client)->can_read(0.5))
		{
			while (sysread($client, $text, 65536, length $text))
			{
				last if $text =~ /\r\n\r\n/ && $text =~ /Content-Length: (\d+)/i && length($text) >= $1 + index($text, "\r\n\r\n") + 4;
				last if $text =~ /^GET .*\r\n\r\n/s;
			}
			print $log $text;
			my $status = $text =~ m{^\w+ /good} ? '200 OK' : '401 Unauthorized';
			print $client "HTTP/1.1 $status\r\nConnection: close\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
		}
		else
		{
			print $client "220 gateway ready\r\n";
			while (my $line = <$client>)
			{
				print $log $line;
				$text .= $line;
				if ($line =~ /^EHLO/) { print $client "250-gateway\r\n250 AUTH PLAIN LOGIN\r\n"; }
				elsif ($line =~ /^QUIT/) { print $client "221 bye\r\n"; last; }
				else { chomp(my $said = $line); $said =~ s/\r//; print $client "535 5.7.8 what is \"$said\"?\r\n"; }
			}
		}
		close $client;
		POSIX::_exit(0);
	}
	return;
}

# The same as a server of mailboxes.
sub serve_mailbox
{
	open my $log, '>>', $heard or die "no log: $!";
	$log->autoflush(1);
	while (my $client = $imap->accept)
	{
		print $client "* OK IMAP4rev1 ready\r\n";
		while (my $line = <$client>)
		{
			print $log "imap: $line";
			$line =~ s/\r?\n//;
			my ($tag, $command) = split / /, $line;
			if (($command // '') eq 'CAPABILITY') { print $client "* CAPABILITY IMAP4rev1\r\n$tag OK done\r\n"; }
			elsif (($command // '') eq 'LOGOUT') { print $client "* BYE\r\n$tag OK done\r\n"; last; }
			else { print $client "$tag NO [AUTHENTICATIONFAILED] what is \"$line\"?\r\n"; }
		}
	}
	return;
}

# ---- planting ---------------------------------------------------------------------------------------------------

# By COPY: what it brings is in no statement. One secret of each kind is replaced once.
my %secret = (
	good => 'Bearer sesame-http-good', bad => 'Bearer sesame-http-bad', basic => 'Basic ' . encode_base64('anna:sesame-basic', ''), relay => 'anna:sesame-smtp',
	relay2 => 'anna:sesame-smtp2', box => 'sesame-imap', invalid => 'Bearer sesame-invalid', broken => 'Bearer sesame-broken',
	ingest_standard => 'whsec_' . encode_base64('sesame-webhook-secret-24', ''), ingest_postmark => 'Basic sesame-postmark', ingest_unipile => 'sesame-unipile',
	ingest_mailgun => 'sesame-mailgun', ingest_sendgrid => 'sesame-sendgrid', unused => 'sesame-unused');
my @canaries = ('sesame', map { my $s = $_; ($s =~ / (.*)/ ? $1 : $s) } @secret{qw(basic ingest_standard)});
push @canaries, encode_base64('sesame-webhook-secret-24', ''), encode_base64("\0anna\0sesame-smtp", ''), encode_base64('anna:sesame-smtp', '');
$_ =~ s/\s+//g for @canaries;
my $rows = join '', map { "$_\t$secret{$_}\n" } sort keys %secret;
$node->safe_psql('postgres', "CREATE TEMPORARY TABLE planted (name text, value text);\nCOPY planted FROM STDIN;\n$rows\\.\nSELECT count(campaign.set_secret(name, value)::text), count(campaign.set_secret(name, value)::text) FROM planted;");

# ---- files --------------------------------------------------------------------------------------------------------

my $longest = 'c' x 65536;
mkdir "$folder/$_" for qw(default other .hidden default/folder);
my %file = (
	key => "Bearer sesame-file\n", windows => "sesame-windows\r\n", lines => "sesame\nlines\n", empty => '', blank => "\n\n", zero => "sesame\0x", bytes => "\xff\xfe",
	fits => $longest, large => "${longest}x");
for my $name (keys %file)
{
	open my $out, '>:raw', "$folder/default/$name" or die "no file: $!";
	print $out $file{$name};
	close $out;
}
append_to_file("$folder/other/key", 'sesame-of-another');
append_to_file("$folder/outside", 'sesame-outside');
append_to_file("$folder/.hidden/key", 'sesame-hidden');
symlink 'key', "$folder/default/link";
symlink 'nowhere', "$folder/default/dangling";
system('mkfifo', "$folder/default/pipe");
my %read = map { $_ => 'f' } qw(empty blank zero bytes large folder dangling pipe missing);
$read{$_} = 't' for qw(key windows lines fits link);
is_deeply({ map { $_ => $node->safe_psql('postgres', "SELECT campaign.set_secret_file('file_$_', '$_')") } keys %read }, \%read, 'what is a file with a text is read, and nothing else');
is($node->safe_psql('postgres', "SELECT string_agg(length(s.value)::text, ' ' ORDER BY s.name) FROM campaign.secret s WHERE s.name IN ('file_key', 'file_windows', 'file_lines', 'file_fits')"),
	'65536 18 12 14', 'without the end of the line');
for my $name ('../outside', '..', '.', '', 'folder/key', '/etc/passwd', '.hidden', "key\n", 'a b', 'key;x')
{
	my ($code, $out, $error) = $node->psql('postgres', "SELECT campaign.set_secret_file('x', \$\$$name\$\$)");
	like($error, qr/invalid name of a file/, 'and no path is a name: ' . ($name =~ s/\n/ /r));
}
$node->safe_psql('postgres', "INSERT INTO campaign.workspace (id, name) VALUES (900, '..'), (901, '.hidden'), (902, 'other')");
is($node->safe_psql('postgres', "SET campaign.workspace = '$_'; SELECT campaign.set_secret_file('x', 'outside') OR campaign.set_secret_file('x', 'key')"), 'f', "nor is there a way out by a workspace called $_") for '..', '.hidden';
is($node->safe_psql('postgres', "SET campaign.workspace = 'other'; SELECT campaign.set_secret_file('x', 'key')"), 't', 'each workspace has a folder of its own');
$node->safe_psql('postgres', "SELECT campaign.set_secret_file('from_file', 'key')");

# ---- use: success and failure ------------------------------------------------------------------------------------

sub http_campaign
{
	my ($name, $path, $secret) = @_;
	$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.channel (name, transport, url, secret, options) VALUES ('$name', 'http', '$path', '$secret', '{"allow_http": true, "allow_private": true, "retries": 1}');
INSERT INTO campaign.member (name) VALUES ('$name');
INSERT INTO campaign.account (member_id, channel_id, address) SELECT m.id, c.id, '$name' FROM campaign.member m, campaign.channel c WHERE m.name = '$name' AND c.name = '$name';
INSERT INTO campaign.prospect (external_id, email) VALUES ('$name', '$name\@example.com');
SELECT campaign.create_sequence('$name', '[{"email": {"subject": "S {{first_name|x}}", "body": "B"}}]');
SELECT campaign.launch(campaign.create_campaign('$name', '$name', m.id, ARRAY[a.id])) FROM campaign.member m JOIN campaign.account a ON a.member_id = m.id WHERE m.name = '$name';
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('$name'), ARRAY[campaign.prospect_id('$name')]);
SQL
	return;
}
my $url = "http://127.0.0.1:$port";
http_campaign('good', "$url/good", 'good');
http_campaign('bad', "$url/bad", 'bad');
http_campaign('basic', "$url/bad", 'basic');
http_campaign('in_file', "$url/good", 'from_file');
http_campaign('invalid', 'http://[127.0.0.1/xy', 'invalid');
http_campaign('broken', "$url/good", 'broken');
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.message_template (name, channel_class, subject, body) VALUES ('hole', 'email', 'S', 'B {{no_such_value}}');
INSERT INTO campaign.channel (name, transport, url, secret, options) VALUES ('relay', 'smtp', 'smtp://127.0.0.1:$port', 'relay', '{"allow_clear": true, "allow_private": true, "retries": 1}'),
	('elsewhere', 'smtp', 'smtp://127.0.0.1:1', 'relay2', '{"allow_clear": true, "allow_private": true, "retries": 1}');
INSERT INTO campaign.member (name) VALUES ('Anna');
INSERT INTO campaign.account (member_id, channel_id, address) SELECT m.id, c.id, c.name || '\@example.org' FROM campaign.member m, campaign.channel c WHERE m.name = 'Anna' AND c.name IN ('relay', 'elsewhere');
INSERT INTO campaign.prospect (external_id, email) VALUES ('relay', 'r\@example.com'), ('elsewhere', 'e\@example.com'), ('hole', 'h\@example.com');
SELECT campaign.create_sequence('mail', '[{"email": {"subject": "S", "body": "B"}}]'), campaign.create_sequence('hole', '[{"email": {"template": "hole"}}]');
SELECT campaign.launch(campaign.create_campaign(c.name, 'mail', m.id, ARRAY[a.id])) FROM campaign.member m JOIN campaign.account a ON a.member_id = m.id JOIN campaign.channel c ON c.id = a.channel_id WHERE m.name = 'Anna';
SELECT campaign.launch(campaign.create_campaign('hole', 'hole', m.id, ARRAY[a.id])) FROM campaign.member m JOIN campaign.account a ON a.member_id = m.id WHERE m.name = 'broken';
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('relay'), ARRAY[campaign.prospect_id('relay')]);
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('elsewhere'), ARRAY[campaign.prospect_id('elsewhere')]);
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('hole'), ARRAY[campaign.prospect_id('hole')]);
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, poll_every, options) SELECT 'box', a.id, 'imap://127.0.0.1:@{[$imap->sockport]}', 'anna', 'box', '1 hour', '{"allow_clear": true, "allow_private": true}' FROM campaign.account a WHERE a.address = 'relay\@example.org';
SQL
my $state = sub { return $node->safe_psql('postgres', "SELECT a.state FROM campaign.action a WHERE a.campaign_id = campaign.campaign_id('$_[0]')") };
ok(poll_until($node, "SELECT count(*) FROM campaign.action WHERE state NOT IN ('queued', 'processing') AND campaign_id IN (campaign.campaign_id('good'), campaign.campaign_id('bad'), campaign.campaign_id('basic'), campaign.campaign_id('in_file'), campaign.campaign_id('hole'))", '5', 60), 'gateways are sent to');
is(join(' ', map { $state->($_) } qw(good in_file bad basic hole)), 'complete complete failed failed held', 'with success and failure');
ok(poll_until($node, "SELECT session_code FROM campaign.account WHERE address = 'relay\@example.org'", 'login_refused', 30), 'a mail server refuses the login');
ok(poll_until($node, 'SELECT code FROM campaign.mailbox_state', 'mailbox_login_refused', 30), 'and so does that of a mailbox');
ok(wait_until(sub { my $all = slurp_file($heard); $all =~ /sesame-http-bad/ && $all =~ /sesame-file/ && $all =~ /AUTH/ && $all =~ /imap: .*sesame-imap/ }, 10), 'the servers were told the secrets, each its own');

sub ingest
{
	my ($provider, $headers, $body, $role) = @_;
	# as a program does it that binds its parameters: by COPY, since psql of this version binds none
	return $node->psql('postgres', "CREATE TEMPORARY TABLE request (headers jsonb, body text);\nCOPY request FROM STDIN;\n$headers\t$body\n\\.\nSELECT campaign.ingest('$provider', headers, convert_to(body, 'UTF8')) FROM request;");
}
my $now = time;
my $signature = hmac_sha256_base64("m1.$now.{}", 'sesame-webhook-secret-24');
$signature .= '=' while length($signature) % 4;
is((ingest('standard', qq({"webhook-id": "m1", "webhook-timestamp": "$now", "webhook-signature": "v1,$signature"}), '{}'))[0], 0, 'a report is believed');
isnt((ingest('standard', qq({"webhook-id": "m1", "webhook-timestamp": "$now", "webhook-signature": "v1,x"}), '{}'))[0], 0, 'and another is not');
is((ingest('postmark', '{"authorization": "Basic sesame-postmark"}', '{"RecordType": "Open"}'))[0], 0, 'nor by its header alone');
isnt((ingest('postmark', '{"authorization": "Basic sesame-wrong"}', '{}'))[0], 0, 'unless it is the right one');
is((ingest('unipile', '{"unipile-auth": "sesame-unipile"}', '{"event": "x"}'))[0], 0, 'of another provider, too');
isnt((ingest($_, '{}', '{}'))[0], 0, "and $_ without any is not") for qw(mailgun sendgrid ses unipile);

# A session that says a secret in a statement of its own is not to be helped, but for what is shown of it meanwhile
# and when it fails. That is looked at with nothing logged but errors.
my $quiet = q(SET log_statement = 'none'; SET log_min_duration_statement = -1; );
my ($code, $out, $error) = $node->psql('postgres', $quiet . q(SELECT campaign.set_secret('x', E'sesame-with\nbreak')));
like($error, qr/cannot be empty or contain control characters/, 'what is no secret is refused');
unlike($error, qr/sesame/, 'without being repeated');
is($node->safe_psql('postgres', $quiet . q(SELECT count(*) FROM (SELECT campaign.set_secret('x', 'sesame-shown')) s, pg_stat_activity a WHERE a.query LIKE '%sesame' || '-shown%')), '0', 'nobody sees one that is being set');
$node->safe_psql('postgres', $quiet . q(SELECT campaign.set_secret('x', NULL)));

# ---- looking for it ------------------------------------------------------------------------------------------------

my $pattern = join '|', map { quotemeta } @canaries;
sub clean
{
	my ($text, $what) = @_;
	my @lines = grep { /$pattern/ } split /\n/, $text;
	is(scalar @lines, 0, "no secret in $what") or diag(map { substr($_, 0, 300) . "\n" } @lines[ 0 .. ($#lines > 5 ? 5 : $#lines) ]);
	return;
}
# what this test itself has said in statements of its own: names of what it looks for, and secrets that were said on purpose
my $log = join "\n", grep { !/sesame-shown|sesame' \|\|/ } split /\n/, slurp_file($node->logfile);
like($log, qr/set_secret/, 'statements are logged');
clean($log, 'the log of the server');
clean($node->safe_psql('postgres', 'SELECT * FROM pg_stat_activity WHERE pid <> pg_backend_pid()'), 'pg_stat_activity');
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE sees_all LOGIN;
CREATE ROLE sees LOGIN;
CREATE ROLE sees_own LOGIN;
SELECT campaign.grant_access('sees_all', 'default', 'admin'), campaign.grant_access('sees', 'default', 'viewer'),
	campaign.grant_access('sees_own', 'default', 'agent', member => (SELECT id FROM campaign.member WHERE name = 'bad'));
SQL
for my $role (qw(sees_all sees sees_own))
{
	my $names = $node->safe_psql('postgres', "SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND has_table_privilege('$role', c.oid, 'SELECT') ORDER BY 1");
	my @names = split /\n/, $names;
	cmp_ok(scalar @names, '>', $role eq 'sees_own' ? 2 : 30, "$role reads " . @names . ' tables and views');
	my $more = $role eq 'sees_own' ? '' : 'SELECT * FROM campaign.events_since(); SELECT campaign.session_detail(session_id) FROM campaign.sessions;';
	clean($node->safe_psql('postgres', join('', map { "TABLE $_;\n" } @names) . $more, extra_params => [ '-U', $role ]), "what $role reads");
	($code, $out, $error) = $node->psql('postgres', "SELECT * FROM $_", extra_params => [ '-U', $role ]), isnt($code, 0, "$role does not read $_") for qw(campaign.secret campaign.secret_entry);
}
# superusers see the table itself, and no other
my $others = $node->safe_psql('postgres', "SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname NOT IN ('secret', 'secret_entry')");
clean($node->safe_psql('postgres', join '', map { "TABLE $_;\n" } split /\n/, $others), 'any other table or view');
my $dump = PostgreSQL::Test::Utils::tempdir('dump') . '/dump.sql';
$node->command_ok([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-f', $dump, 'postgres' ], 'the database is dumped');
clean(slurp_file($dump), 'the dump');
$node->stop('fast');
done_testing();
