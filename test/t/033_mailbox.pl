# Mailboxes: what comes back to mails that were sent is read over IMAP from a real server. Who answers leaves as
# replied (S2.20, S2.28, S2.30), a machine that answers is no reply, a bounce and a complaint stop (B11, B13). Nothing
# is lost and nothing applied twice when the reader dies or the mailbox is numbered anew, and nothing in it is changed.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignMail;
use CampaignMailbox;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $mail = start_mail('anna', 'many', 'zoe', 'yan', 'xen', 'wim');
# Of two dispatchers one reads mailboxes.
my $node = new_node('campaign.dispatchers' => 2, 'campaign.safety_poll' => '1h', 'campaign.ca_file' => $mail->authority);
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

sub sql
{
	my ($statement) = @_;
	return $node->safe_psql('postgres', "SET client_min_messages = warning; $statement");
}

# What became of a prospect: how his run ended, and what was reported of him.
sub fate_of
{
	my ($who) = @_;
	return "SELECT concat_ws(' ', e.status, e.end_kind, e.code, (SELECT string_agg(v.kind, ' ' ORDER BY v.id) FROM campaign.event v"
		. " WHERE v.prospect_id = p.id AND v.detail ? 'matched_by')) FROM campaign.prospect p"
		. " JOIN campaign.enrollment e ON e.prospect_id = p.id WHERE p.external_id = '$who'";
}

sub status_of
{
	my ($box, $columns) = @_;
	return "SELECT concat_ws(' ', $columns) FROM campaign.mailbox_status WHERE mailbox = '$box'";
}

# The Message-ID of the mail that went to somebody.
sub letter_to
{
	my ($who) = @_;
	return sql("SELECT l.message_id FROM campaign.letter l JOIN campaign.prospect p ON p.id = l.prospect_id WHERE p.external_id = '$who'");
}

my $ids = 0;

sub message
{
	my ($who, $headers, $text) = @_;
	return "From: $who\@example.com\nDate: " . sql("SET TIME ZONE 'UTC'; SELECT to_char(now(), 'Dy, DD Mon YYYY HH24:MI:SS \"+0000\"')")
		. "\nMessage-ID: <" . ++$ids . "\@example.com>\n$headers\n" . ($text // "Hello\n");
}

sub report_on
{
	my ($who, $type, $fields) = @_;
	return message('mailer-daemon', "Content-Type: multipart/report; report-type=$type; boundary=x\n",
		"--x\n\nreport\n--x\nContent-Type: message/$type\n\n$fields\n--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: <"
			. letter_to($who) . ">\n\n--x--\n");
}

# ---- a conversation ---------------------------------------------------------------------------------

my @people = qw(ada bea carl dora emil fred);
my $people = join ',', map { "'$_'" } @people;
sql(<<"SQL");
INSERT INTO campaign.channel (name, transport) VALUES ('mail', 'outbox');
INSERT INTO campaign.member (name) VALUES ('Anna');
INSERT INTO campaign.account (member_id, channel_id, address)
	SELECT m.id, c.id, 'anna\@sender.example' FROM campaign.member m, campaign.channel c WHERE c.name = 'mail';
INSERT INTO campaign.prospect (external_id, email) SELECT n, n || '\@example.com' FROM unnest(ARRAY[$people]) n;
SELECT campaign.create_sequence('s', '[{"email": {"subject": "a", "body": "a"}}, {"delay": "3 days"}, {"email": {"subject": "b", "body": "b"}}]');
SELECT campaign.launch(campaign.create_campaign('c', 's', (SELECT id FROM campaign.member), ARRAY[campaign.account_id('anna\@sender.example')]));
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('c'), ARRAY(SELECT id FROM campaign.prospect));
SQL
ok(poll_until($node, "SELECT count(*) FROM campaign.action WHERE state = 'complete'", scalar @people), 'everybody gets a mail');

$mail->deliver('anna', message('ada', "Subject: Old\n") =~ s/^Date: .*$/Date: Mon, 01 Jan 2024 10:00:00 +0000/mr);
sql(<<"SQL");
SELECT campaign.set_secret('anna', 'secret');
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, poll_every, options)
	VALUES ('anna', campaign.account_id('anna\@sender.example'), '@{[$mail->url]}', 'anna', 'anna', '1 second', '{"allow_private": true}');
SQL
ok(poll_until($node, status_of('anna', 'received, matched, last_error'), '1 0'), 'a mailbox is read as soon as there is one');
is(sql(fate_of('ada')), 'in_progress', 'what was written before is no answer');

$mail->deliver('anna',
	message('stranger', "Subject: Offer\n"),
	message('ada', 'In-Reply-To: <' . letter_to('ada') . ">\nSubject: Re: a\n"),
	message('bea', 'In-Reply-To: <' . letter_to('bea') . ">\nAuto-Submitted: auto-replied\nSubject: away\n"),
	report_on('carl', 'delivery-status', "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; carl\@example.com\nAction: failed\nStatus: 5.1.1\n"),
	report_on('dora', 'feedback-report', "Feedback-Type: abuse\nVersion: 1\nUser-Agent: x\nOriginal-Rcpt-To: dora\@example.com\n"),
	report_on('emil', 'delivery-status', "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; emil\@example.com\nAction: failed\nStatus: 5.2.2\n"),
	message('fred', "Subject: a letter of his own\n"));
ok(poll_until($node, fate_of('ada'), 'replied success replied replied'), 'who answers leaves as replied (S2.28)');
ok(poll_until($node, fate_of('fred'), 'replied success replied replied'), 'also by a new mail, known by his address');
ok(poll_until($node, fate_of('bea'), 'in_progress auto_replied'), 'an automatic reply is no reply (B13)');
ok(poll_until($node, fate_of('carl'), 'finished error bounced bounced'), 'a bounce ends the run');
ok(poll_until($node, fate_of('dora'), 'finished removed complained complained'), 'a complaint too');
ok(poll_until($node, fate_of('emil'), 'in_progress bounced'), 'a full mailbox does not');
is(sql("SELECT count(*) FROM campaign.action WHERE state NOT IN ('complete', 'cancelled') AND prospect_id IN"
			. " (SELECT id FROM campaign.prospect WHERE external_id IN ('ada', 'carl', 'dora', 'fred'))"),
	'0', 'nothing is left to be sent to who has left (S2.30)');
ok(poll_until($node, status_of('anna', 'received, matched, unmatched'), '8 6 2'), 'strangers are counted');
is(sql("SELECT count(*) FROM campaign.event e WHERE e.detail::text ~ 'stranger|Hello'"), '0', 'and no text of anybody is kept');
is(sql("SELECT count(*) FROM campaign.dedup"), '6', 'of strangers nothing at all');
is($mail->seen('anna'), 0, 'nothing in the mailbox is marked as seen');
is(sql("SELECT bool_and(e.account_id_ok) FROM (SELECT (SELECT a.address FROM campaign.account a WHERE a.id = l.account_id) ="
			. " 'anna\@sender.example' AND v.action_id = l.action_id AS account_id_ok FROM campaign.event v"
			. " JOIN campaign.letter l ON l.prospect_id = v.prospect_id WHERE v.detail ? 'matched_by') e"),
	't', 'each is told with the action that it is about');

# ---- numbered anew --------------------------------------------------------------------------------------

my $before = sql('SELECT count(*) FROM campaign.event');
$mail->renumber('anna');
ok(poll_until($node, status_of('anna', 'uid_validity, last_uid, last_error'), '1000001 8', 60), 'a mailbox that is numbered anew is read anew');
is(sql('SELECT count(*) FROM campaign.event'), $before, 'and nothing is applied twice');
$mail->deliver('anna', message('bea', 'References: <x@y> <' . letter_to('bea') . ">\nSubject: Re: a\n"));
ok(poll_until($node, fate_of('bea'), 'replied success replied auto_replied replied'), 'what comes then is read');

# ---- marked only when told ---------------------------------------------------------------------------------

sql("UPDATE campaign.mailbox SET options = options || '{\"after_read\": \"seen\"}'");
$mail->deliver('anna', message('stranger', "Subject: Once more\n"));
ok(wait_until(sub { $mail->seen('anna') > 0 }, 20), 'with after_read "seen" what was read is marked');

# ---- moved only when told ------------------------------------------------------------------------------------

# what was about somebody is moved; strangers are left where they are, and nothing waits for the folder to be there
my $kept = $mail->files('anna');
sql("UPDATE campaign.mailbox SET options = options || '{\"after_read\": \"move\", \"move_to\": \"Read\"}' WHERE name = 'anna'");
$mail->deliver('anna', message('stranger', "Subject: Another offer\n"), message('emil', "Subject: Re: a\n"));
ok(poll_until($node, fate_of('emil'), 'replied success replied bounced replied'), 'what comes is read');
ok(poll_until($node, status_of('anna', 'last_error, failures'), 'mailbox_not_moved 0', 20), 'that there is no such folder is said');
is(sql("SELECT severity FROM campaign.alerts WHERE code = 'mailbox_not_moved'"), 'warning', 'by a warning');
$mail->deliver('anna', message('carl', "Subject: Re: a\n"));
ok(poll_until($node, fate_of('carl'), 'finished error bounced bounced replied'), 'and what comes then is read, too');
is(scalar($mail->files('anna')), $kept + 3, 'nothing has gone');
$mail->make_folder('anna', 'Read');
ok(wait_until(sub { $mail->filed('anna', 'Read') == 2 }, 20), 'once the folder is there it gets both');
is(join(' ', sort map {/^From: (\w+)/m} $mail->filed('anna', 'Read')), 'carl emil', 'that were about somebody');
ok(wait_until(sub { $mail->files('anna') == $kept + 1 }, 20), 'and what was about nobody stays');
ok(poll_until($node, status_of('anna', 'last_error, failures'), '0', 20), 'and all is well');

# ---- by mail alone -----------------------------------------------------------------------------------------

SKIP:
{
	skip 'no aiosmtpd', 8 if system('python3 -c "import aiosmtpd" 2>/dev/null') != 0;
	my $smtpd = start_smtpd($mail->certificate, '--login', 'anna:secret', '--lmtp', $mail->{lmtp});
	sql(<<"SQL");
SELECT campaign.set_secret('relay', 'anna:secret');
INSERT INTO campaign.channel (name, transport, url, secret, options)
	VALUES ('relay', 'smtp', 'smtp://localhost:$smtpd->{port}', 'relay', '{"allow_private": true}');
INSERT INTO campaign.account (member_id, channel_id, address)
	SELECT m.id, c.id, 'answers\@sender.example' FROM campaign.member m, campaign.channel c WHERE c.name = 'relay';
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, poll_every, options)
	VALUES ('answers', campaign.account_id('answers\@sender.example'), '@{[$mail->url]}', 'anna', 'anna', '1 second', '{"allow_private": true}');
INSERT INTO campaign.prospect (external_id, email) SELECT n, n || '\@example.com' FROM unnest(ARRAY['zoe', 'yan', 'xen', 'wim']) n;
SELECT campaign.launch(campaign.create_campaign('by mail', 's', (SELECT id FROM campaign.member), ARRAY[campaign.account_id('answers\@sender.example')]));
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('by mail'), ARRAY(SELECT id FROM campaign.prospect WHERE external_id IN ('zoe', 'yan', 'xen', 'wim')));
SQL
	ok(wait_until(sub { 4 == grep { $mail->files($_) == 1 } qw(zoe yan xen wim) }, 30), 'mails leave by SMTP and arrive');
	my %id = map { $_ => ($mail->messages($_))[0] =~ /^Message-ID:\s*(<[^>]+>)/mi } qw(zoe yan xen wim);
	is($id{zoe}, '<' . letter_to('zoe') . '>', 'under the ids that are remembered');
	my $failed = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; %s\@example.com\nAction: failed\nStatus: 5.1.1\n";
	$mail->deliver(
		'anna',
		message('zoe', "In-Reply-To: $id{zoe}\nReferences: $id{zoe}\nSubject: Re: a\n", "Yes, gladly.\n"),
		message('yan', "In-Reply-To: $id{yan}\nReferences: $id{yan}\nAuto-Submitted: auto-replied\nSubject: Away\n", "I am away.\n"),
		report_on('xen', 'delivery-status', sprintf $failed, 'xen'),
		# written by anybody: about a mail that we did not send, and about one that he was sent himself
		message('mailer-daemon', "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n",
			"--x\n\nreport\n--x\nContent-Type: message/delivery-status\n\n" . sprintf($failed, 'wim') . "\n--x--\n"),
		report_on('xen', 'feedback-report', "Feedback-Type: abuse\nVersion: 1\nUser-Agent: x\nOriginal-Rcpt-To: wim\@example.com\n"));
	ok(poll_until($node, fate_of('zoe'), 'replied success replied replied'), 'a human answer takes her out (S2.20, S2.28)');
	ok(poll_until($node, fate_of('yan'), 'in_progress auto_replied'), 'one of a machine does not take him out (B13)');
	ok(poll_until($node, fate_of('xen'), 'finished error bounced bounced complained'), 'a mail that comes back ends his run (B13)');
	ok(poll_until($node, fate_of('wim'), 'in_progress report_unproven'), 'a report that anybody can have written ends none');
	is(sql("SELECT string_agg(DISTINCT s.value || ' ' || s.reason, ', ' ORDER BY s.value || ' ' || s.reason) FROM campaign.suppression s"
				. " WHERE s.value ~ '^(zoe|yan|xen|wim)\@'"),
		'xen@example.com bounced, xen@example.com complained', 'and who had the mail that came back is suppressed, nobody else (B13)');
	sql("DELETE FROM campaign.mailbox WHERE name = 'answers'");
}

# ---- readers that die ------------------------------------------------------------------------------------

my $count = 300;
sql(<<"SQL");
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || i, 'p' || i || '\@example.com' FROM generate_series(1, $count) i;
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('c'), ARRAY(SELECT id FROM campaign.prospect WHERE external_id ~ '^p\\d'));
SELECT campaign.set_secret('many', 'secret');
SQL
ok(poll_until($node, "SELECT count(*) FROM campaign.letter l JOIN campaign.prospect p ON p.id = l.prospect_id WHERE p.external_id ~ '^p'", $count, 60),
	'many get a mail');
my $now = message('x', '') =~ s/.*^(Date: [^\n]*).*/$1/msr;
$mail->deliver('many', map { "From: p$_\@example.com\n$now\nSubject: Re\n\nHello $_\n" } 1 .. $count);
sql(<<"SQL");
INSERT INTO campaign.mailbox (name, channel_id, url, login, secret, poll_every, options)
	SELECT 'many', c.id, '@{[$mail->url]}', 'many', 'many', '1 second', '{"allow_private": true}' FROM campaign.channel c WHERE c.name = 'mail';
SQL
my $replied = "SELECT count(*) FROM campaign.event v JOIN campaign.prospect p ON p.id = v.prospect_id WHERE v.kind = 'replied' AND p.external_id ~ '^p'";
my $kills = 0;
for my $part (1 .. 3)
{
	wait_until(
		sub {
			my $seen = '';
			$node->psql('postgres', status_of('many', 'received'), stdout => \$seen);
			return $seen =~ /^\d+$/ && $seen >= $part * 60;
		},
		60) or next;
	my $pid = '';
	$node->psql('postgres', "SELECT pid FROM campaign.worker_slots() WHERE kind = 'dispatcher' AND number = 0", stdout => \$pid);
	next if $pid !~ /^\d+$/;
	$kills += kill 'KILL', $pid;
	wait_until(sub { my $up = ''; eval { $node->psql('postgres', 'SELECT 1', stdout => \$up) }; $up eq '1' }, 60);
}
ok($kills > 0, "the reader was killed $kills times");
ok(poll_until($node, $replied, $count, 120), 'each reply is applied');
ok(poll_until($node, status_of('many', 'received, matched'), "$count $count", 60), 'and counted');
is(sql("SELECT max(n) FROM (SELECT count(*) AS n FROM campaign.event v JOIN campaign.prospect p ON p.id = v.prospect_id WHERE v.kind = 'replied'"
			. " AND p.external_id ~ '^p' GROUP BY p.id) c"),
	'1', 'once, though the messages have no id of their own');

# ---- what goes wrong, by its code ---------------------------------------------------------------------------

sub goes_wrong
{
	my ($change, $code, $name) = @_;
	sql($change);
	ok(poll_until($node, status_of('many', 'last_error'), $code, 40), $name);
	is(sql("SELECT count(*) FROM campaign.alerts WHERE code = '$code'"), '1', 'which is an alert');
	return;
}

goes_wrong("SELECT campaign.set_secret('many', 'wrong'); UPDATE campaign.mailbox SET poll_every = '1 second' WHERE name = 'many'",
	'mailbox_login_refused', 'a wrong password has its code');
goes_wrong('SELECT campaign.set_secret(\'many\', NULL); UPDATE campaign.mailbox SET is_active = true WHERE name = \'many\'',
	'mailbox_no_secret', 'so has a missing one');
goes_wrong("SELECT campaign.set_secret('many', 'secret'); UPDATE campaign.mailbox SET folder = 'None' WHERE name = 'many'",
	'mailbox_no_folder', 'a folder that is not there');
goes_wrong("UPDATE campaign.mailbox SET folder = 'INBOX', url = 'imaps://127.0.0.1:@{[$mail->{imaps}]}' WHERE name = 'many'",
	'mailbox_certificate', 'a certificate of another name');
goes_wrong("UPDATE campaign.mailbox SET url = 'imaps://localhost:1' WHERE name = 'many'", 'mailbox_unreachable', 'a server that is not there');
goes_wrong("UPDATE campaign.mailbox SET url = '@{[$mail->url]}', options = '{}' WHERE name = 'many'",
	'mailbox_refused', 'an address within, unless that is allowed');
sql("UPDATE campaign.mailbox SET url = '@{[$mail->clear_url]}', options = '{\"allow_private\": true}' WHERE name = 'many'");
ok(poll_until($node, status_of('many', 'last_error, failures'), '0', 40), 'by STARTTLS it is read again');
is(sql('SELECT count(*) FROM campaign.alerts'), '0', 'and the alert is gone');
unlike(slurp_file($node->logfile), qr/secret/, 'no password is in the log');

# the other authority
$node->append_conf('postgresql.conf', "campaign.ca_file = '@{[$mail->other_authority]}'");
$node->restart;
ok(poll_until($node, status_of('anna', 'last_error'), 'mailbox_certificate', 40), 'a certificate of an unknown authority is refused');

$node->stop('fast');
$mail->stop;
done_testing();
