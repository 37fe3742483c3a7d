-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Shows the option of saa in Geneve packets (Documentation/punt-format.rst) in Wireshark and tshark:
--
--	tshark -X lua_script:scripts/geneve.lua -O saa -r FILE

local saa = Proto("saa", "Stateful active/active punt option")
local f = {
	version = ProtoField.uint8("saa.version", "Version"),
	second = ProtoField.bool("saa.second_chance", "Second chance", 8, nil, 0x01),
	gateway = ProtoField.uint16("saa.gateway", "Gateway"),
	sr = ProtoField.uint16("saa.sr", "Sender"),
	group = ProtoField.uint16("saa.group", "Interface group"),
}
saa.fields = { f.version, f.second, f.gateway, f.sr, f.group }

local udp_port = Field.new("udp.dstport")
local CLASS, TYPE, LENGTH = 0xffa0, 0x81, 12

-- A postdissector gets the whole frame: the outer UDP header tells where the Geneve header is.
function saa.dissector(frame, pinfo, tree)
	local port = udp_port()
	if not port then
		return
	end
	local geneve = port.offset + 6
	if geneve + 8 > frame:len() or frame(geneve + 2, 2):uint() ~= 0x6558 then
		return
	end
	local at, last = geneve + 8, geneve + 8 + 4 * bit.band(frame(geneve, 1):uint(), 0x3f)
	while at + 4 <= last and last <= frame:len() do
		local length = 4 + 4 * bit.band(frame(at + 3, 1):uint(), 0x1f)
		if frame(at, 2):uint() == CLASS and frame(at + 2, 1):uint() == TYPE and length == LENGTH then
			local option = tree:add(saa, frame(at, length))
			option:add(f.version, frame(at + 4, 1))
			option:add(f.second, frame(at + 5, 1))
			option:add(f.gateway, frame(at + 6, 2))
			option:add(f.sr, frame(at + 8, 2))
			option:add(f.group, frame(at + 10, 2))
			return
		end
		at = at + length
	end
end

register_postdissector(saa)
