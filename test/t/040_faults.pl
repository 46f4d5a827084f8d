# The process that comes to a point of the code where it commits, or where something leaves or comes
# back, fails there: and every promise is kept, over each class of channel: HTTP to a gateway that honours the key,
# to one that does not, mail, and a gateway that is slow and fails two times of five (promises 1 to 4, B6). Unknown is
# exactly what nobody can know. By default every point is killed, with all classes on their way. `make faults` tries
# FAULT_KINDS="kill error fatal memory malloc", and each class by itself (FAULT_CLASSES="keys blind mail flaky").
# FAULT_CASE="kill starts.commit, kill submit.after" tries these, "mail" those of single mails, "mailbox" those of a mailbox.
# docs/testing.md lists the points.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignAdapter;
use CampaignMail;
use CampaignMailbox;
use CampaignOracle;
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

sub chosen
{
	my ($case) = @_;
	return !$ENV{FAULT_CASE} || grep { "$case " =~ /^\Q$_\E\s/ } split /, /, $ENV{FAULT_CASE};
}

# With actions of this number each. The receivers take so long that all have been handed over when the
# first answer comes.
my $people = 3;
my @classes = qw(keys blind mail flaky);

# The points, by what has been committed when they are come to. Of a point after another one, the
# other is what brings a process there.
my @unstarted = qw(advance.claimed advance.write advance.written
	start.claimed start.checked start.written start.debited starts.commit);
my @underway = qw(starts.committed submit.before submit.after flight.turned flight.landed
	outcome.write outcome.written outcomes.commit);
my @recovering = qw(incarnate.commit recover.commit recover.committed outcome.write outcome.written);
my @others = qw(advance.committed outcomes.committed intake.locked intake.write intake.written intake.committed
	seal.numbered seal.announced seal.committed upkeep.written upkeep.committed alerts.committed);

# Those that take more than runs over a channel to come to: what nobody spoke of in time (a session that a person opened,
# and actions that a gateway took on by 202), places that are freed and given to those who wait, and rows of a source.
my @overdue = qw(expire.committed);
my @places = qw(admit.filled);
my @rows = qw(audience.looked audience.committed);

# Those of what goes beside runs, or in several requests: somebody is told, a gateway is asked what became of what it took
# on, a service answers one of two requests, and who administers the database lets it send again.
my @telling = qw(notice.started notice.recorded);
my @asking = qw(poll.taken poll.settled);
my @services = qw(adapter.heard);
my @arming = qw(arm.placed);

# Those of a mail: before its dot is written down it has not left, whatever has been committed; from then on until
# its answer has been written down nobody knows. And those of a mailbox, up to the next reading.
my @dotless = qw(dots.wanted dots.written dots.commit);
my @dotted = qw(dots.committed dots.released);
my @mailbox = qw(mailbox.due mailbox.fetched mailbox.applied mailbox.committed mailbox.read mailbox.ended);

# Where an error is within a transaction, it is rolled back and the dispatcher goes on, knowing all.
my %remembers = map { $_ => 1 } qw(outcome.write outcome.written outcomes.commit);

# Memory that src/net asks for, and does not get: which it is depends on how often the point was passed.
my @allocating = qw(submit.before submit.after flight.turned flight.landed);

sub refusals
{
	my @points = @_;
	return map { my $passes = $_; map { [ "malloc $_ $passes", 0, $people ] } @points } 0 .. 3;
}

# Cases: the plan, and how many of the actions without keys are unknown then: at least, at most.
sub cases
{
	my ($kind) = @_;
	return refusals(@allocating) if $kind eq 'malloc';
	my $rolled_back = $kind =~ /^(error|memory)$/;
	return (
		(map { [ "$kind $_", 0, 0 ] } @unstarted),
		(map { my $n = $rolled_back && $remembers{$_} ? 0 : $people; [ "$kind $_", $n, $n ] } @underway),
		(map { [ "kill starts.committed\n$kind $_", $people, $people ] } @recovering),
		(map { [ "$kind $_", 0, $kind eq 'kill' || /^outcomes/ ? $people : 0 ] } @others),
		(map { [ "$kind $_", 0, $kind eq 'kill' ? $people : 0, 'overdue' ] } @overdue),
		(map { [ "$kind $_", 0, $kind eq 'kill' ? $people : 0, 'places' ] } @places),
		(map { [ "$kind $_", 0, $kind eq 'kill' ? $people : 0, 'rows' ] } @rows),
		(map { [ "$kind $_", 0, $kind eq 'kill' ? $people : 0, 'telling' ] } @telling),
		(map { [ "$kind $_", 0, $kind eq 'kill' ? $people : 0, 'asking' ] } @asking),
		(map { [ "$kind $_", 0, $kind eq 'kill' ? $people : 0, 'services' ] } @services),
		(map { [ "$kind $_", 0, $kind eq 'kill' ? $people : 0, 'arming' ] } @arming));
}

# The same for one mail, by the server that it goes to.
sub mail_cases
{
	my ($kind) = @_;
	return refusals(qw(dots.wanted dots.released)) if $kind eq 'malloc';
	my $rolled_back = $kind =~ /^(error|memory)$/;
	my @begun = qw(starts.commit starts.committed submit.before submit.after flight.turned);
	my @answered = qw(flight.landed outcome.write outcome.written outcomes.commit);
	my @recovered = qw(incarnate.commit recover.commit recover.committed outcome.write outcome.written);
	return (
		(map { [ "$kind $_", 0, 0 ] } @begun, @dotless),
		(map { [ "$kind $_", 1, 1 ] } @dotted),
		(map { my $n = $rolled_back && $remembers{$_} ? 0 : 1; [ "$kind $_", $n, $n ] } @answered),
		[ "$kind outcomes.committed", 0, 0 ],
		(map { [ "kill dots.commit\n$kind $_", 0, 0 ] } qw(incarnate.commit recover.commit recover.committed)),
		(map { [ "kill dots.committed\n$kind $_", 1, 1 ] } @recovered));
}

my $mail = start_mail('anna');
my $node = new_node('campaign.ca_file' => $mail->authority, 'install_path' => $ENV{CAMPAIGN_FAULTS}, 'campaign.places' => 16, 'campaign.safety_poll' => '1s');
my $left = $node->safe_psql('postgres', "SELECT extract(epoch FROM date_trunc('month', now() AT TIME ZONE 'UTC') + '1 month' - now() AT TIME ZONE 'UTC')::int");
plan(skip_all => 'the month, whose quota is looked at, ends too soon') if $left < 900;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION campaign;
INSERT INTO campaign.quota (scope, action_kind, period, max_actions) VALUES ('each_account', NULL, 'month', 100000), ('each_account', 'email', 'week', 100000);
INSERT INTO campaign.action_kind (name, channel_class, intention, contact, options)
    VALUES ('call', 'person', 'call', 'creates', '{"expires_after": "1 second"}');
SQL
my %way = (
	keys => { sink => start_sink('--idempotent'), path => '/slow?ms=30', options => { idempotent => 1 } },
	blind => { sink => start_sink(), path => '/slow?ms=30', options => { idempotent => 0 } },
	mail => {
		sink => start_sink('--smtp', 30),
		transport => 'smtp',
		steps => '[{"email": {"subject": "Hello", "body": "Dear {{email}}"}}, {"email": {"body": "Once more"}}]' },
	flaky => { sink => start_sink('--idempotent'), path => '/flaky?percent=20&ms=30', options => { idempotent => 1, retries => 40 } });
my %campaign = map {
	my $way = $way{$_};
	$_ => run_campaign($node,
		steps => '[{"visit": {}}, {"visit": {}}]',
		%$way,
		count => 0,
		url => $way->{transport} ? 'smtp://127.0.0.1:' . $way->{sink}->port : $way->{sink}->url($way->{path}),
		options => { retry_first_ms => 20, %{ $way->{options} // {} } })
} @classes;
my @sinks = map { $way{$_}{sink} } @classes;
my $silence = start_sink('--idempotent');
my $silent = run_campaign($node,
	count => 1,
	url => $silence->url('/accepted?silent'),
	options => { idempotent => 1, retry_first_ms => 20, pending_expires => '1 second' });
my $crowded = run_campaign($node, count => 0, url => $silence->url('/ok?crowded'), steps => '[{"visit": {}}, {"visit": {}}]', settings => { active_cap => 1 },
	options => { idempotent => 1, retry_first_ms => 20 });
my $governed = $node->safe_psql('postgres', <<"SQL");
CREATE TABLE source (no text PRIMARY KEY);
SELECT campaign.create_campaign('governed', c.name, c.owner_id, ARRAY(SELECT account_id FROM campaign.campaign_account WHERE campaign_id = $crowded),
	audience => campaign.create_audience('source', source => 'source', key => 'no', every => '1 hour')) AS governed FROM campaign.campaign c WHERE c.id = $crowded \\gset
CREATE TRIGGER source AFTER INSERT ON source FOR EACH STATEMENT EXECUTE FUNCTION campaign.audience_changed();
SELECT campaign.launch(:governed) \\g /dev/null
\\echo :governed
SQL
my $told = start_sink('--idempotent');
my $asked = start_sink('--idempotent');
my $letters = start_gateway('letters');
my $telling = run_campaign($node, count => 0, url => $told->url('/ok?told'), options => { idempotent => 1, retry_first_ms => 20 });
my $asking = run_campaign($node, count => 0, url => $asked->url('/accepted?asked'), steps => '[{"visit": {}}, {"visit": {}}]', options => {
		idempotent => 1, retry_first_ms => 20, poll_every => '1 second', status_url => $asked->url('/result?is=complete&after=1&key={key}') });
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.member (name, notify_channel_id) SELECT 'Watch', a.channel_id
	FROM campaign.campaign_account c JOIN campaign.account a ON a.id = c.account_id WHERE c.campaign_id = $telling;
INSERT INTO campaign.alert_subscription (member_id, campaign_id) SELECT id, $telling FROM campaign.member WHERE name = 'Watch';
INSERT INTO campaign.action_kind (name, channel_class, intention, options)
	VALUES ('letter', 'post', 'send a letter', '{"contents": {"body": "required"}, "reaches": true}');
INSERT INTO campaign.adapter (name, action_kind, position, role, needed, method, path, headers, body, takes) VALUES
	('letters', 'letter', 1, 'send', '!exists(\$.kept.reader)', 'GET', '/readers?name={{external_id}}', '{"Authorization": "Bearer {{secret}}"}', NULL,
		'{"kept.reader": "\$.body.readers[0].id"}'),
	('letters', 'letter', 2, 'send', NULL, 'POST', '/letters', '{"Authorization": "Bearer {{secret}}"}', '{"to": "{{kept.reader}}", "text": "{{content.body}}"}',
		'{"result.request_id": "\$.body.id"}'),
	('letters', 'letter', 2, 'lookup', NULL, 'GET', '/letters?to={{kept.reader}}', '{"Authorization": "Bearer {{secret}}"}', NULL, '{}');
INSERT INTO campaign.adapter_answer (name, role, rank, condition, meaning) VALUES
	('letters', 'lookup', 1, 'exists(\$.body.letters[*] ? (@.text == \$content.body))', 'accepted'),
	('letters', 'lookup', 2, '\$.status == 200', 'absent');
SQL
my $posting = gateway_campaign($node, adapter => 'letters', url => $letters->url('/'), people => ['first'], token => 'stamp-4411',
	steps => '[{"action": "letter", "payload": {"body": "Dear"}}, {"action": "letter", "payload": {"body": "Again"}}]');
my %beside = (places => $crowded, asking => $asking, services => $posting);
my $plan = $node->data_dir . '/campaign.faults';
my $enrolled = 2;
my @struck;
my $alerts = 0;
ok(poll_until($node, "SELECT count(*) FROM campaign.enrollment WHERE ended_at IS NULL", '0', 20), 'the first runs come to their end')
	or BAIL_OUT('nothing is sent');

# A transaction that makes prospects of such names, whatever becomes of the server meanwhile: what is left
# to do of the case before can bring a process to the point, too.
sub surely
{
	my ($sql, $names) = @_;
	until (eval { $node->safe_psql('postgres', "BEGIN;\n$sql\nCOMMIT;"); 1 })
	{
		my $made = "SELECT count(*) > 0 FROM campaign.prospect WHERE external_id LIKE '$names'";
		my $answer = '';
		wait_until(sub { eval { $node->psql('postgres', $made, stdout => \$answer) }; $answer =~ /^[tf]$/ }, 20) or die $@;
		last if $answer eq 't';
	}
	return;
}

# So many more people begin in these campaigns at once, hence their actions start at once, too.
sub enroll_more
{
	my ($name, @over) = @_;
	my $enroll = join "\n", map { <<"SQL" } map { $campaign{$_} } @over;
INSERT INTO campaign.prospect (external_id, email)
	SELECT '$name of $_, ' || i, 'p$name.$_.' || i || '\@example.com' FROM generate_series(1, $people) i;
SELECT count(*) FROM campaign.enroll($_, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$name of $_, %'));
SQL
	# something that health depends on, too
	surely("UPDATE campaign.member SET agency = '$name';\n$enroll", "$name of %");
	$enrolled += $people * @over;
	return;
}

# By class, how many are held as unknown.
sub unknown
{
	my %unknown = map { $_ => 0 } @classes;
	my %class = reverse %campaign;
	for my $row (split /\n/, $node->safe_psql('postgres', 'SELECT campaign_id, count(*) FROM campaign.unknown_outcomes GROUP BY 1'))
	{
		my ($id, $count) = split /\|/, $row;
		$unknown{ $class{$id} } = $count if $class{$id};
	}
	return %unknown;
}

# A session that nobody completes, and as many actions of which nothing is ever reported.
sub leave_open
{
	my ($name) = @_;
	surely(<<"SQL", "silent $name, %");
INSERT INTO campaign.prospect (external_id) SELECT 'silent $name, ' || i FROM generate_series(1, $people) i;
SELECT count(*) FROM campaign.enroll($silent, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'silent $name, %'));
SELECT campaign.open_session($silent, 'call', lead => 'lead $name');
SQL
	$enrolled += $people;
	return;
}

# So many more in a campaign of what is beside the classes: more than there are places, or at a service.
sub join_in
{
	my ($name, $campaign) = @_;
	surely(<<"SQL", "beside-$name-%");
INSERT INTO campaign.prospect (external_id) SELECT 'beside-$name-' || i FROM generate_series(1, $people) i;
SELECT count(*) FROM campaign.enroll($campaign, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'beside-$name-%'));
SQL
	$enrolled += $people;
	return;
}

# Something is wrong with an account, about which somebody wants to be told: once each time.
sub raise_alert
{
	my $account = "id IN (SELECT account_id FROM campaign.campaign_account WHERE campaign_id = $telling)";
	for my $state (qw(connected disconnected))
	{
		# the one before is to be over
		insist("UPDATE campaign.account SET session_state = '$state' WHERE $account");
		poll_until($node, "SELECT count(*) FROM campaign.alerts WHERE campaign_id = $telling AND code = 'session_disconnected' AND closed_at IS NULL", '0', 20)
			or die 'the alert before is still open' if $state eq 'connected';
	}
	return;
}

# Nothing may leave, and then it may: whoever says so says it until it is so.
sub arm_again
{
	insist("SELECT campaign.disarm('to see')");
	return;
}

# A statement, again and again until it has been done, that does no harm when it is done twice.
sub insist
{
	my ($sql) = @_;
	wait_until(sub { eval { $node->safe_psql('postgres', $sql); 1 } }, 30) or die "not done: $sql";
	return;
}

# Rows that bring in as many.
sub add_rows
{
	my ($name) = @_;
	until (eval { $node->safe_psql('postgres', "INSERT INTO source SELECT 'row $name, ' || i FROM generate_series(1, $people) i ON CONFLICT DO NOTHING"); 1 })
	{
		wait_until(sub { eval { $node->safe_psql('postgres', 'SELECT 1'); 1 } }, 20) or die $@;
	}
	$enrolled += $people;
	return;
}

sub all_inside
{
	return poll_until($node, "SELECT count(*), count(*) FILTER (WHERE campaign_id IN ($crowded, $governed, $asking, $posting) AND end_kind IS DISTINCT FROM 'success') FROM campaign.enrollment", "$enrolled|0", 40);
}

# Each time something was raised, one notice, and one request that took effect.
sub all_told
{
	my $raised = "SELECT count(*), count(*) FILTER (WHERE n.state = 'complete') FROM campaign.notices n WHERE n.campaign_id = $telling AND n.kind = 'alert_raised'";
	poll_until($node, "SELECT count(*) FILTER (WHERE n.state <> 'complete') FROM campaign.notices n WHERE n.campaign_id = $telling", '0', 20) or return 0;
	my ($notices, $complete) = split /\|/, $node->safe_psql('postgres', $raised);
	my %taken = map { $_->{key} => 1 } grep { $_->{body} =~ /"alert_raised"/ } $told->requests;
	return $notices == ++$alerts && $complete == $alerts && keys %taken == $alerts;
}

sub all_posted
{
	my @names = split /\n/, $node->safe_psql('postgres', "SELECT p.external_id FROM campaign.prospect p JOIN campaign.enrollment e ON e.prospect_id = p.id WHERE e.campaign_id = $posting");
	return !grep { $letters->effects($_) ne 'letter letter' } @names;
}

# Each of them has expired, once: by its own count and by that of the log.
sub all_expired
{
	my $expired = <<"SQL";
SELECT count(*) FILTER (WHERE s.status <> 'expired') = 0 AND count(*) > 0 AND count(*) =
    (SELECT count(*) FROM campaign.event e WHERE e.kind = 'session_ended' AND e.campaign_id = $silent) FROM campaign.session s
UNION ALL SELECT count(*) FILTER (WHERE e.ended_at IS NULL OR (e.end_kind, e.code) <> ('error', 'expired')) = 0 AND count(*) =
    (SELECT count(*) FROM campaign.event v WHERE v.kind = 'action_failed' AND v.campaign_id = $silent)
FROM campaign.enrollment e WHERE e.campaign_id = $silent
SQL
	return poll_until($node, $expired, "t\nt", 30);
}

sub arm
{
	my ($lines) = @_;
	append_to_file("$plan.next", "$lines\n");
	rename "$plan.next", $plan or die "could not plan: $!";
	push @struck, map { 'fault at ' . join ': ', (split)[1, 0] } split /\n/, $lines;
	return;
}

sub try_case
{
	my ($case, @over) = @_;
	my ($lines, $least, $most, $beside) = (@$case, '');
	my $name = join ', then ', split /\n/, $lines;
	my $began = time;
	my %before = unknown();
	my %range = (keys => [ 0, 0 ], blind => [ $least, $most ], mail => [ 0, $people ], flaky => [ 0, 0 ]);

	arm_again() if $beside eq 'arming';
	arm($lines);
	leave_open($enrolled) if $beside eq 'overdue';
	join_in($enrolled, $beside{$beside}) if $beside{$beside};
	add_rows($enrolled) if $beside eq 'rows';
	raise_alert() if $beside eq 'telling';
	enroll_more($enrolled, @over);
	insist('SELECT count(*) FROM campaign.arm()') if $beside eq 'arming';
	ok(wait_until(sub { !-e $plan }, 20), "$name, @over: it fails there") or unlink $plan;
	ok(poll_until($node, left_open(values %campaign, $silent), '0', 40), 'all comes to rest');
	ok(all_expired(), 'what nobody spoke of has expired, once') if $beside eq 'overdue';
	ok(all_inside(), 'all who wait, or are in a source, have come in and through') if $beside eq 'rows' || $beside{$beside};
	ok(all_told(), 'who wants to know was told, once') if $beside eq 'telling';
	ok(all_posted(), 'a service did each once') || diag(explain(ends_of($node, $posting))) if $beside eq 'services';
	my $violations = violations($node, sinks => [ @sinks, $silence ], enrolled => $enrolled, actions_per_run => 2);
	is_deeply($violations, {}, 'every promise is kept') or diag(explain($violations));
	my %after = unknown();
	for my $class (@over)
	{
		my $more = $after{$class} - $before{$class};
		my ($from, $to) = @{ $range{$class} };
		ok($more >= $from && $more <= $to, "unknown of $class are $from to $to: $more");
	}
	note(sprintf '%.1f s', time - $began);
	return;
}

for my $kind (split ' ', $ENV{FAULT_KINDS} // 'kill')
{
	for my $case (grep { chosen($_->[0]) } cases($kind))
	{
		try_case($case, @$_) for $ENV{FAULT_CLASSES} ? map { [$_] } split ' ', $ENV{FAULT_CLASSES} : [@classes];
	}
}

# ---- Mails, and the mailbox that gets the answers to them ---------------------------------------------------

my $smtpd = start_odd_smtpd();
my $mails = mail_campaign($node,
	url => "smtp://localhost:$smtpd->{port}",
	to => ['first@example.com'],
	more => ', {"delay": "3 days"}, {"email": {"body": "Once more"}}',
	options => { allow_clear => 1, retry_first_ms => 20 });
my $held = "SELECT count(*) FROM campaign.unknown_outcomes WHERE campaign_id = $mails";
ok(poll_until($node, left_of($mails), '0', 20), 'the first mail is sent');

sub write_to
{
	my ($who) = @_;
	surely("INSERT INTO campaign.prospect (external_id, email, attributes) VALUES ('$who', '$who\@example.com', '{\"blob\": \"you\"}');\n"
			. "SELECT count(*) FROM campaign.enroll($mails, ARRAY(SELECT id FROM campaign.prospect WHERE external_id = '$who'));", $who);
	return;
}

# What was accepted is told to be, unless nobody can know; and nothing was accepted twice.
sub try_mail
{
	my ($lines, $least, $most) = @_;
	my $name = 'mail, ' . ($lines =~ s/\n/, then /gr);
	my $before = $node->safe_psql('postgres', $held);
	arm($lines);
	write_to('mail' . @struck);
	ok(wait_until(sub { !-e $plan }, 20), "$name: it fails there") or unlink $plan;
	ok(poll_until($node, left_of($mails), '0', 40), 'all comes to rest');
	my $more = $node->safe_psql('postgres', $held) - $before;
	ok($more >= $least && $more <= $most, "unknown are $least to $most: $more");
	my %accepted;
	$accepted{$_}++ for $smtpd->accepted;
	is_deeply([ grep { $accepted{$_} > 1 } keys %accepted ], [], 'no mail was accepted twice (B6)');
	is_deeply([ grep { !$accepted{$_} } @{ message_ids($node, $mails) } ], [], 'and each that is said to be was');
	return;
}

# An answer that comes is applied once, and the mail filed away once, whatever ends in between.
sub try_mailbox
{
	my ($line) = @_;
	my $who = 'answer' . @struck;
	write_to($who);
	ok(poll_until($node, left_of($mails), '0', 40), 'a mail is sent');
	arm($line);
	$mail->deliver('anna', "From: $who\@example.com\nDate: " . gmtime() . " +0000\nMessage-ID: <$who\@example.com>\nSubject: Re\n\nYes\n");
	ok(wait_until(sub { !-e $plan }, 20), "mailbox, $line: it fails there") or unlink $plan;
	ok(poll_until($node, "SELECT count(*), min(s.code) FROM campaign.event e JOIN campaign.prospect_status s ON s.prospect_id = e.prospect_id"
				. " WHERE e.kind = 'replied' AND s.external_id = '$who'", '1|replied', 40), 'an answer is applied once');
	ok(wait_until(sub { 1 == grep {/^Message-ID: <$who\@/m} $mail->filed('anna', 'Read') }, 20), 'and filed away once');
	return;
}

for my $kind (split ' ', $ENV{FAULT_KINDS} // 'kill')
{
	try_mail(@$_) for grep { chosen("mail $_->[0]") } mail_cases($kind);
}
$mail->make_folder('anna', 'Read');
surely(<<"SQL", 'mailbox');
SELECT campaign.set_secret('anna', 'secret');
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, poll_every, options)
	SELECT 'anna', c.account_id, '@{[$mail->url]}', 'anna', 'anna', '1 second', '{"allow_private": true, "after_read": "move", "move_to": "Read"}'
	FROM campaign.campaign_account c WHERE c.campaign_id = $mails;
INSERT INTO campaign.prospect (external_id) VALUES ('mailbox');
SQL
for my $kind (split ' ', $ENV{FAULT_KINDS} // 'kill')
{
	try_mailbox("$kind $_") for grep { chosen("mailbox $kind $_") } @mailbox;
}
is($node->safe_psql('postgres', 'SELECT sum(received - matched) FROM campaign.mailbox_status'), '0', 'each is counted as matched');

is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck (B5)');
$node->stop('fast');
my $log = slurp_file($node->logfile);
is_deeply([ $log =~ /(fault at \S+: \w+)/g ], \@struck, 'each failure was the planned one');
unlike($log, qr/PANIC|TRAP|signal (?!9:)\d+:/, 'nothing crashed by itself');
done_testing();
