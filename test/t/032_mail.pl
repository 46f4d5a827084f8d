# Mails leave by SMTP to real servers: accepted, put off, refused, not let in, and to servers that nothing may be said
# to (S2.12, S2.13). Whatever is killed at whatever moment, nobody knows of a mail only between the dot that ends it
# and its answer; all others are sent, each once (B6).
use strict;
use warnings;

use lib 'test/perl';
use CampaignMail;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

eval { require JSON::PP; 1 } or plan skip_all => 'no JSON::PP';
system('python3 -c "import aiosmtpd" 2>/dev/null') == 0 or plan skip_all => 'no aiosmtpd';

my $authority = make_authority() or plan skip_all => 'no openssl';
my $node = new_node('campaign.ca_file' => $authority->{ca}, 'campaign.safety_poll' => '1s');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

# ---- A whole campaign ------------------------------------------------------------------------------------

my @login = (login => 'anna@example.org:secret phrase');
my $smtpd = start_smtpd($authority, '--login', $login[1]);
my $campaign = mail_campaign($node,
	url => "smtp://localhost:$smtpd->{port}",
	@login,
	to => [ (map {"prospect$_\@example.com"} 1 .. 20), 'grey1@example.com', 'grey2@example.com', 'Nobody1@example.com', 'policy1@example.com' ],
	options => { places => 4, retry_first_ms => 600, session_messages => 5, hello => 'client.example' });
ok(poll_until($node, runs_left($campaign), '0', 60), 'all runs come to their end');
is( outcomes($node, $campaign),
	'complete 22, failed bounced 1, failed delivery_failed 1',
	'what is put off is sent later, what is refused is not');
my @accepted = grep { $_->{what} eq 'accepted' } $smtpd->events;
is(scalar(@accepted), 22, 'the server has accepted as many (S2.12)');
is_deeply([ sort map { $_->{id} } @accepted ], message_ids($node, $campaign), 'each once, under its own id (B6)');
is((grep { !$_->{tls} || $_->{user} ne 'anna@example.org' } @accepted), 0, 'by TLS and after a login');
is((grep { $_->{sender} ne 'anna@example.org' || $_->{subject} !~ /^Hello / } @accepted), 0, 'from the account');
my @hellos = grep { $_->{what} eq 'hello' && $_->{tls} } $smtpd->events;
is((grep { $_->{name} ne 'client.example' } @hellos), 0, 'by the name that the channel gives');
cmp_ok(scalar(@hellos), '>=', 5, 'connections end after so many mails');
cmp_ok(scalar(@hellos), '<=', 16, 'and are used for several');
is($node->safe_psql('postgres', "SELECT string_agg(kind || ' ' || value || ' ' || reason, ', ') FROM campaign.suppression"),
	'email nobody1@example.com bounced', 'an address that there is not is suppressed (B13), a policy suppresses nobody');
is( $node->safe_psql('postgres', "SELECT outcome->>'status', outcome->>'enhanced' FROM campaign.action WHERE campaign_id = $campaign AND reason = 'bounced'"),
	'550|5.1.1', 'the outcome says what the server said');
is($node->safe_psql('postgres', "SELECT end_kind, code, count(*) FROM campaign.prospect_status WHERE campaign_id = $campaign AND end_kind <> 'success' GROUP BY 1, 2 ORDER BY 2"),
	"error|bounced|1\nerror|delivery_failed|1", 'and their runs end so');

# Upkeep forgets where old mails went whose runs have ended (B13).
$node->safe_psql('postgres', "UPDATE campaign.letter SET at = at - interval '366 days' WHERE address LIKE 'prospect1%'; DELETE FROM campaign.cleaning");

# ---- A login that is refused, and mended --------------------------------------------------------------------

$campaign = mail_campaign($node,
	url => "smtp://localhost:$smtpd->{port}",
	login => 'anna@example.org:wrong',
	to => [ map {"later$_\@example.com"} 1 .. 3 ],
	options => { places => 1, retry_first_ms => 100 });
ok(poll_until($node, "SELECT session_state FROM campaign.account a JOIN campaign.campaign_account c ON c.account_id = a.id WHERE c.campaign_id = $campaign", 'disconnected', 20),
	'an account that is not let in is disconnected');
is($node->safe_psql('postgres', "SELECT DISTINCT state, outcome->>'code' FROM campaign.action WHERE campaign_id = $campaign AND attempt > 0"),
	'queued|login_refused', 'its mails wait: it is not their fault');
my $told = 'SELECT e.kind, e.detail FROM campaign.event e WHERE e.kind IN (\'account_connected\', \'account_disconnected\')'
	. " AND (e.detail->>'account_id')::bigint IN (SELECT account_id FROM campaign.campaign_account WHERE campaign_id = $campaign) ORDER BY e.id";
like($node->safe_psql('postgres', $told), qr/^account_disconnected\|\{"code": "login_refused", "account_id": \d+\}\z/, 'which is an event');
my $alert = "SELECT a.code, a.severity, a.message, a.remedy FROM campaign.alerts a WHERE a.campaign_id = $campaign AND a.closed_at IS NULL";
ok(poll_until($node, "SELECT count(*) FROM ($alert) a", '1', 20), 'and an alert');
my ($code, $severity, $message, $remedy) = split /\|/, $node->safe_psql('postgres', $alert);
is("$code, $severity: $message", 'session_disconnected, error: the mail server does not let account "anna@example.org" in', 'which says what is wrong');
like($remedy, qr/^SELECT campaign\.set_secret\('m\d+:anna\@example\.org', 'user:password'\)\z/, 'and what mends it');
$node->safe_psql('postgres', $remedy =~ s/user:password/$login[1]/r);
ok(poll_until($node, runs_left($campaign), '0', 60), 'with the right password they leave, and nothing else has to be done');
is(outcomes($node, $campaign), 'complete 3', 'all of them');
ok(poll_until($node, "SELECT count(*) FROM campaign.letter WHERE address LIKE 'prospect1%'", '0', 20), 'whither old mails went is forgotten');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.letter WHERE address LIKE 'prospect%'"), '9', 'of the others it is not');
like($node->safe_psql('postgres', $told), qr/\naccount_connected\|\{"account_id": \d+\}\z/, 'the account is connected again');
ok(poll_until($node, "SELECT count(*) FROM ($alert) a", '0', 20), 'and the alert is over');

# ---- Servers to which nothing is said ------------------------------------------------------------------------

my $clear = start_smtpd($authority, '--clear');
my %strange = map { $_ => start_odd_smtpd('--mode', $_) } qw(garbage endless inject);
my @refused = (
	[ 'STARTTLS stripped', "smtp://localhost:$clear->{port}", 'tls_not_offered' ],
	[ 'another name than the certificate', "smtp://127.0.0.1:$smtpd->{port}", 'tls_failed' ],
	[ 'no TLS where it is to begin with it', "smtps://localhost:$clear->{port}", 'tls_failed' ],
	[ 'a banner of another protocol', "smtp://localhost:$strange{garbage}{port}", 'greeting_malformed' ],
	[ 'a banner of 10 MB', "smtp://localhost:$strange{endless}{port}", 'line_too_long' ],
	[ 'an answer ahead of TLS', "smtp://localhost:$strange{inject}{port}", 'greeting_malformed' ]);
for my $case (@refused)
{
	my ($name, $url, $code) = @$case;
	my $refused = mail_campaign($node, url => $url, @login, to => ['x@example.com'], options => { retries => 1 });
	poll_until($node, runs_left($refused), '0', 30);
	is( $node->safe_psql('postgres', "SELECT reason, outcome->>'code' FROM campaign.action WHERE campaign_id = $refused"),
		"delivery_failed|$code", "$name is refused");
}
is((grep { $_->{what} eq 'accepted' || $_->{user} } $clear->events), 0, 'nothing was sent in clear, not even a login');
is((grep {/said/} map { $_->lines } values %strange), 0, 'and the others were told nothing');
$campaign = mail_campaign($node, url => "smtp://localhost:$clear->{port}", to => ['x@example.com'], options => { allow_clear => 1 });
ok(poll_until($node, runs_left($campaign), '0', 30), 'unless an administrator allows it');
is(outcomes($node, $campaign), 'complete 1', 'who may');

# ---- Fewer connections than we would make ---------------------------------------------------------------------

my $crowded = start_odd_smtpd('--mode', 'crowded', '--ms', '20');
$campaign = mail_campaign($node,
	url => "smtp://localhost:$crowded->{port}",
	to => [ map {"c$_\@example.com"} 1 .. 10 ],
	options => { allow_clear => 1, places => 4, retry_first_ms => 200, retries => 50 });
ok(poll_until($node, runs_left($campaign), '0', 60), 'a server that takes one connection at a time');
is(outcomes($node, $campaign), 'complete 10', 'gets all mails');
is_deeply([ $crowded->accepted ], message_ids($node, $campaign), 'each once (B6)');

# ---- Kills at every state ---------------------------------------------------------------------------------------

# What is left of a mail whose server, or whose dispatcher, ended at this stage; and how often it was accepted. Before
# the session stands there are TLS and a login, and behind it each message has a connection of its own.
sub after_the_end
{
	my ($stage, $whose, @options) = @_;
	my $secure = $stage =~ /^(starttls|handshake|auth)$/;
	push @options, '--cert', $authority->{cert}, '--key', $authority->{key} if $secure;
	my $odd = start_odd_smtpd('--mode', $whose eq 'server' ? 'hangup' : 'stall', '--stage', $stage, @options);
	my $one = mail_campaign($node,
		url => "smtp://localhost:$odd->{port}",
		$secure ? @login : (),
		to => ["$whose.$stage\@example.com"],
		body => $stage eq 'content' ? 'long' : undef,
		options => { allow_clear => $secure ? 0 : 1, retry_first_ms => 100, session_messages => 1 });
	wait_until(sub { grep {/^stage $stage /} $odd->lines }, 30) or diag("stage $stage was not reached");
	# what it was told before is recorded by then
	poll_until($node, left_of($one), '0', 30) if $stage eq 'quit';
	if ($whose eq 'dispatcher')
	{
		my $pid = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = 'dispatcher'");
		kill('KILL', $pid);
		poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE kind <> 'launcher' AND pid <> $pid", '2', 30);
	}
	poll_until($node, left_of($one), '0', 60) or diag("stage $stage is not settled");
	my $said = outcomes($node, $one) . ', accepted ' . (() = $odd->accepted);
	$odd->stop;
	return $said;
}

for my $whose (qw(server dispatcher))
{
	is(after_the_end($_, $whose), 'complete 1, accepted 1', "a $whose that ends at $_: the mail is sent, once (B6)")
		for qw(banner ehlo starttls handshake auth mail rcpt data content quit);
	is(after_the_end('dot', $whose), 'held unknown_outcome 1, accepted 0', 'at its dot: nobody knows, and it is held (B6)');
	is(after_the_end('reply', $whose), 'held unknown_outcome 1, accepted 1', 'at the answer to it: nobody knows (B6)');
	# sender, recipient and DATA are said at once
	is(after_the_end($_, $whose, '--pipelining'), 'complete 1, accepted 1', "at $_ of what is said at once: it is sent, once (B6)")
		for qw(mail data);
}

# All of the mail is there but its dot, and that the dot may leave is being written down when the dispatcher is killed:
# it has not left. At the second attempt nothing is slow.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION public.be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
CREATE TRIGGER be_slow BEFORE UPDATE OF dot_at ON campaign.action FOR EACH ROW
	WHEN (NEW.dot_at IS NOT NULL AND NEW.attempt = 1) EXECUTE FUNCTION public.be_slow();
SQL
my $well = start_odd_smtpd();
$campaign = mail_campaign($node, url => "smtp://localhost:$well->{port}", to => ['before.dot@example.com'], options => { allow_clear => 1 });
ok(poll_until($node, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", '1', 30), 'the leave for a dot is waited for');
my $pid = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = 'dispatcher'");
kill('KILL', $pid);
ok(poll_until($node, left_of($campaign), '0', 90), 'who is killed then has not sent it');
is(outcomes($node, $campaign) . ', accepted ' . (() = $well->accepted), 'complete 1, accepted 1', 'so it is sent, once (B6)');

$node->stop('fast');
done_testing();
