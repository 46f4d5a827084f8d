# A headless Chromium that shows one page at a time, driven through its pipe by the DevTools protocol: no port is
# opened, and the only address that it is given is a file, or a server of the test's own.
package CampaignBrowser;

use strict;
use warnings;
use File::Temp;
use IO::Handle;
use IO::Select;
use JSON::PP;
use MIME::Base64;
use POSIX ();

my $json = JSON::PP->new->utf8->allow_nonref;

# The program, or undef where there is none.
sub program
{
	for my $name (qw(chromium chromium-browser google-chrome))
	{
		for my $folder (split /:/, $ENV{PATH})
		{
			return "$folder/$name" if -x "$folder/$name";
		}
	}
	return;
}

sub start
{
	my ($class) = @_;
	my $program = program() or return;
	my $folder = File::Temp->newdir();
	pipe(my $their_in, my $our_out) or die "pipe: $!";
	pipe(my $our_in, my $their_out) or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if (!$pid)
	{
		# it reads commands from descriptor 3 and writes answers to 4
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', "$folder/log";
		# by way of others, since either may be one of the two
		POSIX::dup2(fileno $their_in, 30);
		POSIX::dup2(fileno $their_out, 31);
		POSIX::dup2(30, 3);
		POSIX::dup2(31, 4);
		setpgrp;
		exec { $program } $program, qw(--headless --no-sandbox --disable-gpu --hide-scrollbars --remote-debugging-pipe
			--no-first-run --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage),
			"--user-data-dir=$folder/profile", 'about:blank'
			or POSIX::_exit(127);
	}
	close $their_in;
	close $their_out;
	$our_out->autoflush(1);
	binmode $_ for $our_in, $our_out;
	my $self = bless { pid => $pid, in => $our_in, out => $our_out, buffer => '', last => 0, folder => $folder, told => [] }, $class;
	my ($page) = grep { $_->{type} eq 'page' } @{ $self->call('Target.getTargets')->{targetInfos} };
	$self->{session} = $self->call('Target.attachToTarget', { targetId => $page->{targetId}, flatten => JSON::PP::true })->{sessionId};
	$self->call("$_.enable") for qw(Page Runtime Network);
	return $self;
}

# The next message, within so many seconds.
sub message
{
	my ($self, $seconds) = @_;
	my $until = time + $seconds;
	while ($self->{buffer} !~ /\0/)
	{
		die "the browser says nothing\n" if time > $until;
		next if !IO::Select->new($self->{in})->can_read(1);
		sysread $self->{in}, $self->{buffer}, 65536, length $self->{buffer} or die "the browser has ended\n";
	}
	$self->{buffer} =~ s/^([^\0]*)\0//;
	return $json->decode($1);
}

# Has the browser do something; what it answers. What it tells meanwhile is kept.
sub call
{
	my ($self, $method, $params) = @_;
	my $id = ++$self->{last};
	my $out = $json->encode({ id => $id, method => $method, params => $params // {}, $self->{session} ? (sessionId => $self->{session}) : () }) . "\0";
	print { $self->{out} } $out;
	while (1)
	{
		my $message = $self->message(30);
		if (($message->{id} // 0) == $id)
		{
			die "$method: $message->{error}{message}\n" if $message->{error};
			return $message->{result};
		}
		push @{ $self->{told} }, $message if $message->{method};
	}
}

# Shows the page at this address, light or dark, on a screen of this width, and waits until it has loaded.
sub show
{
	my ($self, $address, %how) = @_;
	my $width = $how{width} // 1280;
	$self->call('Emulation.setEmulatedMedia', { features => [ { name => 'prefers-color-scheme', value => $how{scheme} // 'light' } ] });
	$self->call('Emulation.setDeviceMetricsOverride', { width => $width, height => $how{height} // 900, deviceScaleFactor => $how{scale} // 1,
			mobile => $width < 600 ? JSON::PP::true : JSON::PP::false });
	$self->{told} = [];
	$self->call('Page.navigate', { url => $address });
	my $until = time + 30;
	while (!grep { $_->{method} eq 'Page.loadEventFired' } @{ $self->{told} })
	{
		die "the page does not load\n" if time > $until;
		push @{ $self->{told} }, $self->message(30);
	}
}

# What an expression of JavaScript gives, as a structure of Perl.
sub value
{
	my ($self, $expression) = @_;
	my $result = $self->call('Runtime.evaluate', { expression => "JSON.stringify($expression)", returnByValue => JSON::PP::true });
	die "$expression: " . $json->encode($result->{exceptionDetails}) . "\n" if $result->{exceptionDetails};
	my $text = $result->{result}{value} // 'null';
	utf8::encode($text);
	return $json->decode($text);
}

# What a promise of JavaScript keeps.
sub promised
{
	my ($self, $expression) = @_;
	my $result = $self->call('Runtime.evaluate', { expression => "($expression).then(v => JSON.stringify(v))", awaitPromise => JSON::PP::true, returnByValue => JSON::PP::true });
	die $json->encode($result->{exceptionDetails}) . "\n" if $result->{exceptionDetails};
	my $text = $result->{result}{value} // 'null';
	utf8::encode($text);
	return $json->decode($text);
}

sub press
{
	my ($self, $key, $code) = @_;
	$self->call('Input.dispatchKeyEvent', { type => $_, key => $key, code => $key, windowsVirtualKeyCode => $code, ($_ eq 'keyDown' && $key eq 'Enter') ? (text => "\r") : () }) for qw(keyDown keyUp);
}

# Addresses that it asked for since the page was shown.
sub requested
{
	my ($self) = @_;
	$self->value('1');
	return map { $_->{params}{request}{url} } grep { $_->{method} eq 'Network.requestWillBeSent' } @{ $self->{told} };
}

# Dialogs, exceptions and lines of the console: signs of scripts.
sub signs
{
	my ($self) = @_;
	$self->value('1');
	return grep { /^(Page\.javascriptDialogOpening|Runtime\.exceptionThrown|Runtime\.consoleAPICalled)$/ } map { $_->{method} } @{ $self->{told} };
}

# The whole page as a picture, into a file.
sub picture
{
	my ($self, $file) = @_;
	my $shot = $self->call('Page.captureScreenshot', { format => 'png', captureBeyondViewport => JSON::PP::true });
	open my $out, '>:raw', $file or die "$file: $!";
	print $out decode_base64($shot->{data});
	close $out;
}

sub end
{
	my ($self) = @_;
	return if !$self->{pid};
	eval { delete $self->{session}; $self->call('Browser.close') };
	for (1 .. 50)
	{
		last if waitpid($self->{pid}, POSIX::WNOHANG()) != 0;
		select undef, undef, undef, 0.1;
		kill 'KILL', -$self->{pid}, $self->{pid} if $_ == 50;
	}
	$self->{pid} = 0;
}

sub DESTROY { local $?; $_[0]->end }

1;
